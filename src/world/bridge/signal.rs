//! What an instance tells CloudFormation at the end of its user data: `cfn-signal`, or a request to
//! the address of a wait condition's handle.
// Source: CloudFormation User Guide, "cfn-signal", "Create wait conditions in a CloudFormation template".

use crate::aws::ResourceKey;
use crate::aws::cloudformation::signals::{self, Signal, To};
use crate::aws::vpc::reachability::Goal;
use crate::document::{Value, parse};
use crate::sim::{Turn, Verb};
use crate::world::World;
use std::rc::Rc;

/// The signals that user data sends, in their order.
#[must_use]
pub fn read(text: &str) -> Vec<Signal> {
    let text = text.replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.filter_map(|line| helper(line).or_else(|| request(line))).collect()
}

/// The words of a command behind its name, without the quotes around them.
fn words_behind<'t>(line: &'t str, command: &str) -> Option<Vec<&'t str>> {
    let (before, rest) = line.split_once(command)?;
    let starts = before.chars().last().is_none_or(|last| matches!(last, '/' | ' ' | ';' | '&' | '(' | '"' | '\t'));
    let rest = rest.split(['|', ';', '&']).next().unwrap_or(rest);
    starts.then(|| rest.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect())
}

/// `cfn-signal -e CODE --stack STACK --resource RESOURCE`, or with a handle's address at the end.
fn helper(line: &str) -> Option<Signal> {
    let words = words_behind(line, "cfn-signal")?;
    let (mut stack, mut resource, mut handle) = ("", "", "");
    let mut signal = Signal { to: To::Handle("".into()), is_fine: true, unique_id: None, data: "".into() };
    let mut rest = words.into_iter();
    while let Some(word) = rest.next() {
        let (name, own) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        if name.contains("://") {
            handle = word;
            continue;
        }
        let mut value = || own.map_or_else(|| rest.next().unwrap_or_default(), |own| own.trim_matches(['"', '\'']));
        match name {
            "--stack" => stack = value(),
            "--resource" => resource = value(),
            // What the shell works out is how the script went, and it goes well here.
            "-e" | "--exit-code" => signal.is_fine = matches!(value(), "0" | "$?"),
            "-s" | "--success" => signal.is_fine = value() == "true",
            "-i" | "--id" => signal.unique_id = Some(value().into()),
            "-d" | "--data" => signal.data = value().into(),
            "--region" | "-r" | "--reason" | "--role" | "--url" | "--access-key" | "--secret-key" => drop(value()),
            _ => {}
        }
    }
    signal.to = match handle {
        "" if stack.is_empty() || resource.is_empty() => return None,
        "" => To::Resource(stack.into(), resource.into()),
        url => To::Handle(url.into()),
    };
    Some(signal)
}

/// `curl -T FILE URL` or `curl -X PUT --data-binary '{"Status": "SUCCESS", …}' URL`.
fn request(line: &str) -> Option<Signal> {
    let rest = line.split_once("curl ")?.1;
    let start = rest.find("https://cloudformation-waitcondition-")?;
    let url = rest.get(start..)?.split(['"', '\'', ' ']).next()?;
    let is_put = rest.contains("PUT") || rest.contains("-T ") || rest.contains("--upload-file");
    let body = rest.find('{').and_then(|from| Some((from, rest.rfind('}')?)));
    let body = body.and_then(|(from, to)| rest.get(from..=to)).map(|text| text.replace("\\\"", "\""));
    let body = body.and_then(|text| Some(parse(&text).documents.first()?.root.to_value())).unwrap_or_default();
    is_put.then(|| Signal {
        to: To::Handle(url.into()),
        is_fine: body.str_at(&["Status"]) != "FAILURE",
        unique_id: body.get("UniqueId").and_then(Value::as_shared),
        data: body.get("Data").and_then(Value::as_shared).unwrap_or_else(|| Rc::from("")),
    })
}

impl World {
    /// An instance is through with its user data: it sends the signals that stand there, if it gets
    /// through to whom they go.
    pub(super) fn send_signals(&mut self, key: &ResourceKey) {
        let Some(instance) = self.cloud.get(key).cloned() else { return };
        if instance.str_at(&["State", "Name"]) != "running" {
            return;
        }
        for signal in read(&crate::aws::ec2::user_data(&instance).unwrap_or_default()) {
            let service = if matches!(signal.to, To::Handle(_)) { "s3" } else { "cloudformation" };
            if let Err(silent) = self.comes_through(key, &Goal::Service(service.into()), "signal-no-route") {
                self.note("cfn-signal", Verb::Decide, key, silent.0);
                continue;
            }
            let mut turn =
                Turn { now: self.now, journal: &mut self.journal, actor: "cfn-signal".into(), cause: None, why: None };
            signals::sent(&mut self.cloud, &mut turn, key, &signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_read_as_people_write_them() {
        let of = |text: &str| read(text).into_iter().next();
        let to = To::Resource("web".into(), "Group".into());
        let signal = Signal { to, is_fine: true, unique_id: None, data: "".into() };
        let script = "#!/bin/bash -xe\n/opt/aws/bin/cfn-signal -e $? \\\n  --stack web --resource Group --region ap-northeast-2\n";
        assert_eq!(of(script), Some(signal.clone()));
        let script = "yum update -y && cfn-signal --exit-code=1 --stack=web --resource=Group";
        assert_eq!(of(script), Some(Signal { is_fine: false, ..signal }));
        let url = "https://cloudformation-waitcondition-ap-northeast-2.s3.ap-northeast-2.amazonaws.com/arn/Handle";
        let script = format!("/opt/aws/bin/cfn-signal -e 0 -d done '{url}'");
        let told = of(&script).expect("a signal");
        assert_eq!((told.to, &*told.data), (To::Handle(url.into()), "done"));
        let script = format!(r#"curl -X PUT --data-binary '{{"Status" : "FAILURE", "UniqueId" : "one"}}' "{url}""#);
        let told = of(&script).expect("a signal");
        assert_eq!((told.is_fine, told.unique_id.as_deref()), (false, Some("one")));
        assert_eq!(of("echo cfn-signal"), None);
        assert_eq!(of("# cfn-signal --stack a --resource b"), None);
    }
}
