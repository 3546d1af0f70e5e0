//! Subnets inside their VPC, and apart from one another.

use super::Lint;
use crate::aws::cloudformation::cidr::Block;
use crate::aws::cloudformation::evaluate::{Pseudo, Scope, scalar_text};
use crate::aws::cloudformation::masks::Masks;
use crate::aws::cloudformation::parameters;
use crate::aws::cloudformation::template::Path;
use crate::document::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A subnet: its id, the value of `VpcId`, its block.
struct Subnet {
    id: Rc<str>,
    vpc: String,
    block: Block,
}

pub(super) fn check(lint: &mut Lint<'_>) {
    let template = lint.template;
    let parameters: BTreeMap<Rc<str>, Value> =
        parameters::values(template, &BTreeMap::new(), &|_| None).unwrap_or_default();
    // What depends on a parameter is not known: its default may be overridden.
    if template.section("Parameters").len() != parameters.len() {
        return;
    }
    let pseudo = Pseudo {
        account: "123456789012".into(),
        region: lint.region.into(),
        stack_name: "stack".into(),
        notification_arns: Vec::new(),
    };
    let masks = Masks { template, parameters: &parameters, pseudo: &pseudo };
    let Ok(scope) = Scope::new(template, &parameters, &pseudo, &masks) else { return };
    let text = |id: &str, name: &str| {
        let node = template.item("Resources", id)?.get("Properties")?.get(name)?;
        scope.value(node).ok().map(|value| scalar_text(&value))
    };
    let block = |id: &str| text(id, "CidrBlock").and_then(|it| Block::parse(&it));
    let of_kind = |kind: &str| -> Vec<Rc<str>> {
        let ids = template.section("Resources").iter().map(|entry| entry.key.clone());
        ids.filter(|id| template.type_of(id) == Some(kind)).collect()
    };
    let subnets: Vec<Subnet> = of_kind("AWS::EC2::Subnet")
        .into_iter()
        .filter_map(|id| Some(Subnet { vpc: text(&id, "VpcId")?, block: block(&id)?, id }))
        .collect();
    for vpc in of_kind("AWS::EC2::VPC") {
        let Some(first) = block(&vpc) else { continue };
        let mask = format!("<{vpc}>");
        let mut blocks = vec![first];
        let further =
            of_kind("AWS::EC2::VPCCidrBlock").into_iter().filter(|id| text(id, "VpcId").as_ref() == Some(&mask));
        blocks.extend(further.filter_map(|id| block(&id)));
        for subnet in subnets.iter().filter(|subnet| subnet.vpc == mask) {
            if !blocks.iter().any(|block| block.contains(subnet.block)) {
                let names: Vec<String> = blocks.iter().map(|block| format!("'{block}'")).collect();
                let message = format!("'{}' is not a valid subnet of [{}]", subnet.block, names.join(", "));
                lint.add("E3059", &Path::of(&["Resources", &subnet.id, "Properties", "CidrBlock"]), message);
            }
        }
    }
    overlaps(lint, &subnets);
}

fn overlaps(lint: &mut Lint<'_>, subnets: &[Subnet]) {
    for (index, subnet) in subnets.iter().enumerate() {
        let template = lint.template;
        let exclusive = |other: &Subnet| {
            let (one, two) =
                (template.condition_of("Resources", &subnet.id), template.condition_of("Resources", &other.id));
            one.is_some() && two.is_some() && one != two
        };
        let before = subnets
            .iter()
            .take(index)
            .find(|other| other.vpc == subnet.vpc && other.block.overlaps(subnet.block) && !exclusive(other));
        if let Some(other) = before {
            let message = format!("'{}' overlaps with '{}'", subnet.block, other.block);
            lint.add("E3060", &Path::of(&["Resources", &subnet.id, "Properties"]), message);
        }
    }
}
