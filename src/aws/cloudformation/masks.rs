//! A template before anything of it exists: what stands for what is not known yet.

use crate::aws::cloudformation::evaluate::{Facts, Pseudo, Refusal, Scope};
use crate::aws::cloudformation::template::Template;
use crate::document::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The facts before anything is made: every resource is a mask.
pub struct Masks<'a> {
    /// The template, for what a resource is given by it.
    pub template: &'a Template,
    /// Its types whose inputs are known beforehand are worked out with these.
    pub parameters: &'a BTreeMap<Rc<str>, Value>,
    /// The names that every template knows.
    pub pseudo: &'a Pseudo,
}

impl Facts for Masks<'_> {
    fn reference(&self, id: &str) -> Value {
        format!("<{id}>").into()
    }

    fn attribute(&self, id: &str, name: &str) -> Result<Value, Refusal> {
        let kind = self.template.type_of(id).unwrap_or_default();
        let is_input = match kind {
            "AWS::EC2::VPC" => name == "CidrBlock",
            "AWS::EC2::Subnet" => matches!(name, "CidrBlock" | "AvailabilityZone" | "VpcId"),
            "AWS::SSM::Parameter" => matches!(name, "Value" | "Type"),
            "AWS::EC2::SecurityGroup" => name == "VpcId",
            _ => false,
        };
        let given = is_input.then(|| self.template.item("Resources", id)?.get("Properties")?.get(name)).flatten();
        if let Some(node) = given {
            let scope = Scope::new(self.template, self.parameters, self.pseudo, self)?;
            if let Some(value) = scope.evaluate(node)? {
                return Ok(value);
            }
        }
        Ok(format!("<{id}.{name}>").into())
    }

    fn import(&self, name: &str) -> Result<Value, Refusal> {
        Ok(format!("<export:{name}>").into())
    }

    fn stack_id(&self) -> Value {
        "<AWS::StackId>".into()
    }
}
