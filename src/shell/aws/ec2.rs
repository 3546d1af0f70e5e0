//! What the command line adds to EC2's own parameters: `--count`, `--protocol`, `--port` and the rest.
// Models awscli/customizations/ec2/runinstances.py, secgroupsimplify.py; botocore/handlers.py
// base64_encode_user_data.

use super::failure::Failure;
use crate::document::{Value, base64};
use crate::tree;

/// What was said with options that the API does not know.
#[derive(Default)]
pub(super) struct Added {
    pairs: Vec<(&'static str, String)>,
    public: Option<bool>,
}

/// The options of launching, and of writing rules.
const LAUNCH: &[&str] = &["--count", "--secondary-private-ip-addresses"];
const RULE: &[&str] = &["--protocol", "--port", "--cidr", "--source-group", "--group-owner"];

fn is_rule(operation: &str) -> bool {
    matches!(
        operation,
        "AuthorizeSecurityGroupIngress"
            | "AuthorizeSecurityGroupEgress"
            | "RevokeSecurityGroupIngress"
            | "RevokeSecurityGroupEgress"
    )
}

/// Takes these options out. Returns the other words.
pub(super) fn take(operation: &str, args: &[String]) -> Result<(Added, Vec<String>), Failure> {
    let known = match operation {
        "RunInstances" => LAUNCH,
        _ if is_rule(operation) => RULE,
        _ => return Ok((Added::default(), args.to_vec())),
    };
    let (mut added, mut words) = (Added::default(), Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match (known.iter().find(|name| *name == arg), arg.as_str()) {
            (Some(name), _) => {
                let value =
                    args.next().ok_or_else(|| Failure::usage(&format!("argument {arg}: expected one argument")))?;
                added.pairs.push((name, value.clone()));
            }
            (_, "--associate-public-ip-address") if operation == "RunInstances" => added.public = Some(true),
            (_, "--no-associate-public-ip-address") if operation == "RunInstances" => added.public = Some(false),
            _ => words.push(arg.clone()),
        }
    }
    if operation == "RunInstances" {
        let count = added.get("--count").unwrap_or("1").to_owned();
        let (least, most) = count.split_once(':').unwrap_or((&count, &count));
        if [least, most].iter().any(|number| number.parse::<u32>().is_err()) {
            return Err(Failure::usage("--count must be of the form 'min:max' or a single number"));
        }
        for (name, number) in [("--min-count", least), ("--max-count", most)] {
            if !words.iter().any(|word| word == name) {
                words.extend([name.to_owned(), number.to_owned()]);
            }
        }
    }
    Ok((added, words))
}

impl Added {
    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// Writes what was said into the request.
    pub(super) fn finish(&self, operation: &str, mut params: Value) -> Result<Value, Failure> {
        if operation == "RunInstances" {
            self.launch(&mut params);
        } else if is_rule(operation) && !self.pairs.is_empty() {
            params.set(&["IpPermissions"], Value::list([self.permission()?]));
        }
        Ok(params)
    }

    fn launch(&self, params: &mut Value) {
        if let Some(data) = params.get("UserData").and_then(Value::as_str) {
            let encoded = base64::encode(data.as_bytes());
            params.set(&["UserData"], encoded);
        }
        // With one of these, what else is said of the network belongs to the first interface.
        let Some(public) = self.public else { return };
        let mut first = tree!({ "DeviceIndex": 0, "AssociatePublicIpAddress": public });
        for (from, to) in
            [("SubnetId", "SubnetId"), ("SecurityGroupIds", "Groups"), ("PrivateIpAddress", "PrivateIpAddress")]
        {
            if let Some(value) = params.remove(&[from]) {
                first.set(&[to], value);
            }
        }
        params.set(&["NetworkInterfaces"], Value::list([first]));
    }

    fn permission(&self) -> Result<Value, Failure> {
        let protocol = match self.get("--protocol") {
            Some("all") => "-1",
            Some(protocol) => protocol,
            None => "",
        };
        let mut permission = tree!({ "IpProtocol": protocol });
        let (from, to) = match self.get("--port") {
            None | Some("all") => (-1, -1),
            Some(port) => {
                let number = |text: &str| text.parse::<i64>().ok();
                let range = match number(port) {
                    Some(one) => Some((one, one)),
                    None => port.split_once('-').and_then(|(from, to)| Some((number(from)?, number(to)?))),
                };
                range.ok_or_else(|| {
                    Failure::parameter("port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)")
                })?
            }
        };
        permission.set(&["FromPort"], from);
        permission.set(&["ToPort"], to);
        if let Some(cidr) = self.get("--cidr") {
            permission.set(&["IpRanges"], Value::list([tree!({ "CidrIp": cidr })]));
        }
        if let Some(group) = self.get("--source-group") {
            let member = if group.starts_with("sg-") { "GroupId" } else { "GroupName" };
            let mut pair = Value::map().with(&[member], group);
            if let Some(owner) = self.get("--group-owner") {
                pair.set(&["UserId"], owner);
            }
            permission.set(&["UserIdGroupPairs"], Value::list([pair]));
        }
        Ok(permission)
    }
}
