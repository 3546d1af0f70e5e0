//! From nodes and a tree to results.

// Models k8s.io/client-go/util/jsonpath/jsonpath.go

use std::cmp::Ordering;

use super::super::Value;
use super::parse::{Node, Slice};

type Results = Result<Vec<Value>, String>;

pub(super) struct Evaluation {
    allow_missing: bool,
    /// Ranges that are open around the part being evaluated.
    ranges: usize,
}

/// What a part of a template turned out to be.
enum Part {
    Results(Vec<Value>),
    Range(Vec<Value>),
    End,
}

impl Evaluation {
    pub(super) fn new(allow_missing: bool) -> Self {
        Self { allow_missing, ranges: 0 }
    }

    pub(super) fn results(&mut self, root: &Value, nodes: &[Node]) -> Result<Vec<Vec<Value>>, String> {
        let mut all = Vec::new();
        self.block(Some(root), nodes, &mut all)?;
        Ok(all)
    }

    /// Evaluates parts until an `end` that belongs to an open range; returns how many were used.
    /// Without a root (a range over nothing) the parts are only counted.
    fn block(&mut self, root: Option<&Value>, nodes: &[Node], all: &mut Vec<Vec<Value>>) -> Result<usize, String> {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            at += 1;
            match self.part(root, node)? {
                Part::Results(results) => all.push(results),
                Part::End => return Ok(at),
                Part::Range(values) => {
                    self.ranges += 1;
                    let rest = nodes.get(at..).unwrap_or_default();
                    let mut used = 0;
                    for value in &values {
                        used = self.block(Some(value), rest, all)?;
                    }
                    if values.is_empty() {
                        used = self.block(None, rest, &mut Vec::new())?;
                    }
                    self.ranges -= 1;
                    at += used;
                }
            }
        }
        Ok(at)
    }

    fn part(&self, root: Option<&Value>, node: &Node) -> Result<Part, String> {
        let input: Vec<Value> = root.into_iter().cloned().collect();
        let Node::List(steps) = node else {
            return Ok(Part::Results(self.step(input, node)?));
        };
        match steps.first() {
            Some(Node::Identifier(word)) if word == "range" => {
                Ok(Part::Range(self.steps(input, steps.get(1..).unwrap_or_default())?))
            }
            Some(Node::Identifier(word)) if word == "end" => {
                if self.ranges > 0 {
                    Ok(Part::End)
                } else {
                    Err("not in range, nothing to end".to_owned())
                }
            }
            _ => Ok(Part::Results(self.steps(input, steps)?)),
        }
    }

    fn steps(&self, input: Vec<Value>, steps: &[Node]) -> Results {
        steps.iter().try_fold(input, |values, step| self.step(values, step))
    }

    fn step(&self, input: Vec<Value>, node: &Node) -> Results {
        match node {
            Node::Text(text) => Ok(vec![Value::text(text.as_str())]),
            Node::List(steps) => self.steps(input, steps),
            Node::Field(name) => self.field(&input, name),
            Node::Wildcard => Ok(input.iter().flat_map(children).collect()),
            Node::Recursive => Ok(input.iter().flat_map(recursive).collect()),
            Node::Slice(slice) => {
                let mut results = Vec::new();
                for value in input.iter().filter(|value| !value.is_null()) {
                    results.extend(elements(value, *slice)?);
                }
                Ok(results)
            }
            Node::Union(parts) => {
                let mut results = Vec::new();
                for part in parts {
                    results.extend(self.steps(input.clone(), part)?);
                }
                Ok(results)
            }
            Node::Filter(left, right, operator) => self.filter(&input, left, right, operator),
            Node::Identifier(word) => Err(format!("unrecognized identifier {word}")),
            Node::Literal(value) => Ok(input.iter().map(|_| value.clone()).collect()),
        }
    }

    fn field(&self, input: &[Value], name: &str) -> Results {
        let results: Vec<Value> = input.iter().filter_map(|value| value.as_map()?.get(name)).cloned().collect();
        if results.is_empty() && !input.is_empty() && !self.allow_missing {
            return Err(format!("{name} is not found"));
        }
        Ok(results)
    }

    fn filter(&self, input: &[Value], left: &[Node], right: &[Node], operator: &str) -> Results {
        let mut results = Vec::new();
        for value in input {
            let Value::List(items) = value else {
                return Err(format!("{} is not array or slice and cannot be filtered", super::text(value)));
            };
            for item in items.iter() {
                let lefts = self.steps(vec![item.clone()], left);
                if operator == "exists" {
                    if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                        results.push(item.clone());
                    }
                    continue;
                }
                let lefts = lefts?;
                let rights = if lefts.is_empty() { Vec::new() } else { self.steps(vec![item.clone()], right)? };
                match (lefts.as_slice(), rights.as_slice()) {
                    ([], _) | ([_], []) => {}
                    ([left], [right]) => {
                        if compare(left, right, operator)? {
                            results.push(item.clone());
                        }
                    }
                    _ => return Err("can only compare one element at a time".to_owned()),
                }
            }
        }
        Ok(results)
    }
}

fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        Value::Map(map) => map.values().cloned().collect(),
        _ => Vec::new(),
    }
}

fn recursive(value: &Value) -> Vec<Value> {
    let inside = children(value);
    if inside.is_empty() {
        return Vec::new();
    }
    std::iter::once(value.clone()).chain(inside.iter().flat_map(recursive)).collect()
}

fn elements(value: &Value, slice: Slice) -> Results {
    let Value::List(items) = value else {
        return Err(format!("{} is not array or slice", go_type(value)));
    };
    let length = items.len() as i64;
    let mut from = slice.from.unwrap_or(0);
    if from < 0 {
        from += length;
    }
    let mut to = slice.to.unwrap_or(length);
    if to < 0 || to == 0 && slice.derived {
        to += length;
    }
    if from == to {
        return Ok(Vec::new());
    }
    let out_of_bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
    if from >= length || from < 0 {
        return out_of_bounds(from);
    }
    if to > length || to < 0 {
        return out_of_bounds(to - 1);
    }
    if from > to {
        return Err(format!("starting index {from} is greater than ending index {to}"));
    }
    let step = slice.step.unwrap_or(1);
    if step <= 0 {
        return Err("step must be > 0".to_owned());
    }
    // Both ends were just held against the length.
    let range = items.get(from as usize..to as usize).unwrap_or_default();
    Ok(range.iter().step_by(step as usize).cloned().collect())
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "map[string]interface {}",
        Value::List(_) => "[]interface {}",
        Value::Text(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Decimal(_) => "float64",
        Value::Null => "<nil>",
    }
}

// Models k8s.io/client-go/third_party/forked/golang/template/funcs.go
fn compare(left: &Value, right: &Value, operator: &str) -> Result<bool, String> {
    if !matches!(operator, "<" | ">" | "==" | "!=" | "<=" | ">=") {
        return Err(format!("unrecognized filter operator {operator}"));
    }
    let order = match (left, right) {
        (Value::Bool(_), Value::Bool(_)) if !matches!(operator, "==" | "!=") => {
            return Err("invalid type for comparison".to_owned());
        }
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => {
            let number = |text: &str| text.parse::<f64>().unwrap_or_default();
            number(left).partial_cmp(&number(right)).unwrap_or(Ordering::Equal)
        }
        (Value::List(_) | Value::Map(_) | Value::Null, _) | (_, Value::List(_) | Value::Map(_) | Value::Null) => {
            return Err("invalid type for comparison".to_owned());
        }
        _ => return Err("incompatible types for comparison".to_owned()),
    };
    Ok(match operator {
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<=" => order.is_le(),
        _ => order.is_ge(),
    })
}
