//! Where faults stand in a text, and which one AWS would tell.

use super::*;
use crate::document::parse;

/// What AWS would say, and where: `line:column place: message`.
fn told(text: &str, kind: Kind) -> Vec<String> {
    let parsed = parse(text);
    let root = &parsed.documents.first().expect("a document").root;
    let tell = |fault: &Fault| {
        let start = fault.span(root).start;
        format!("{}:{} {} {}: {}", start.line, start.column, fault.code, fault.place(), fault.message)
    };
    faults(&root.to_value(), kind).iter().map(tell).collect()
}

#[test]
fn a_fault_stands_where_it_was_written() {
    let text = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["s3:GetObject", 4], "Resource": "*" },
    { "Effect": "Allow", "Acton": "s3:GetObject", "Action": "s3:PutObject", "Resource": "my-bucket/*" }
  ]
}"#;
    assert_eq!(
        told(text, Kind::Identity),
        [
            "4:53 not-a-string Statement[0].Action[1]: Syntax errors in policy.",
            "5:26 unknown-element Statement[1].#Acton: Syntax errors in policy.",
            "5:89 resource-form Statement[1].Resource: Resource my-bucket/* must be in ARN format or \"*\".",
        ]
    );
}

#[test]
fn each_kind_of_policy_has_its_own_rules() {
    let yaml = "Version: '2012-10-17'\nStatement:\n- Effect: Allow\n  Principal: {Service: ec2.amazonaws.com}\n  Action: sts:AssumeRole\n";
    assert_eq!(told(yaml, Kind::Trust), Vec::<String>::new());
    assert_eq!(
        told(yaml, Kind::Identity),
        [
            "3:3 missing-element Statement[0]: Policy statement must contain resources.",
            "4:3 prohibited-element Statement[0].#Principal: Policy document should not specify a principal.",
        ]
    );
    assert_eq!(told(yaml, Kind::Rcp).len(), 3);
}

#[test]
fn a_trust_policy_names_principals_that_can_exist() {
    for (principal, message) in [
        ("{AWS: '111122223333'}", None),
        ("{AWS: 'arn:aws:iam::111122223333:role/app'}", None),
        ("{AWS: mina}", Some("Invalid principal in policy: \"AWS\":\"mina\"")),
        ("{Service: ec2}", Some("Invalid principal in policy: \"SERVICE\":\"ec2\"")),
        ("{}", Some("Missing required field Principal cannot be empty!")),
        ("ec2.amazonaws.com", Some("Invalid principal in policy.")),
    ] {
        let yaml = format!("Statement: {{Effect: Allow, Action: sts:AssumeRole, Principal: {principal}}}\n");
        let value = parse(&yaml).documents.first().expect("a document").root.to_value();
        assert_eq!(super::message(&value, Kind::Trust).err().as_deref(), message, "{principal}");
    }
}
