//! `drydock trace FROM TO[:PORT] [PROTOCOL]`: the packet tracer for whoever has no map before them.
//! It exits 0 when there is an answer.

use super::client::Client;
use crate::words::{Words, say};
use crate::world::Question;
use crate::world::packet::{Ending, Traced};

const USAGE: &str = "usage: drydock trace FROM TO[:PORT] [tcp|udp|icmp]\n       FROM and TO: an instance's id or Name, an \
                     address, `laptop`, `internet`, `s3`";

pub(super) async fn main(client: &Client, words: &[&str]) -> u8 {
    let Some(question) = Question::parse(words) else { return super::kubectl::usage(client, USAGE) };
    let traced = match client.trace(question).await {
        Ok(traced) => traced,
        Err(nobody) => {
            client.warnln(&say!(client.setting().words, "trace-nobody", name = &nobody));
            return 2;
        }
    };
    print(client, &traced);
    u8::from(!matches!(traced.ending, Ending::Answered(_)))
}

fn print(client: &Client, traced: &Traced) {
    let words = client.setting().words.clone();
    for (index, (hop, rule)) in traced.hops.iter().zip(&traced.rules).enumerate() {
        let is_answer = hop.direction == crate::world::packet::Direction::Return;
        let title = words.say(&format!("hop-{}", hop.kind.as_str()), &[]);
        let state = words.text(if hop.passed { "trace-passed" } else { "trace-stopped" });
        let state = if is_answer { format!("{}, {state}", words.text("trace-answer")) } else { state.to_owned() };
        let rule = if rule.is_empty() { String::new() } else { format!("  [{rule}]") };
        client.println(&format!("{:>2}  {state}  {title}  {}{rule}", index + 1, hop.component));
    }
    client.println(&verdict(traced, &words));
}

fn verdict(traced: &Traced, words: &Words) -> String {
    let (key, name) = match &traced.ending {
        Ending::Answered(_) => return words.text("trace-arrives").to_owned(),
        Ending::Stopped => {
            let hop = i64::try_from(traced.hops.len()).unwrap_or_default();
            return say!(words, "trace-blocked", hop = hop);
        }
        Ending::Refused(id) => ("trace-not-listening", id),
        Ending::NotRunning(id) => ("trace-not-running", id),
        Ending::NoTarget(id) => ("trace-no-target", id),
    };
    say!(words, key, name = &**name)
}
