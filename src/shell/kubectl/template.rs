//! `-o go-template`: the part of Go's templates that tutorials use, over objects as JSON.
//!
//! Invariant: a template never loops by itself: each `range` walks a list that is there.
// Models text/template, with k8s.io/cli-runtime/pkg/printers/template.go

use crate::document::{Value, base64};

use super::printer::plain_text;

/// A part of a template.
enum Node {
    Text(String),
    Print(String),
    /// `range`, `with` or `if`: its word, what it looks at, what it does, and what it does otherwise.
    Block(&'static str, String, Vec<Node>, Vec<Node>),
}

/// What names mean while a template is carried out.
type Names = Vec<(String, Value)>;

/// Carries a template out over a tree.
///
/// # Errors
/// What does not belong in it, as Go says it.
pub(super) fn render(template: &str, tree: &Value) -> Result<String, String> {
    let wrong = |fault: String| format!("error parsing template {template}, template: output:1: {fault}");
    let mut pieces = pieces(template).map_err(wrong)?.into_iter();
    let (nodes, end) = block(&mut pieces).map_err(wrong)?;
    if let Some(end) = end {
        return Err(wrong(format!("unexpected {{{{{end}}}}}")));
    }
    let mut out = String::new();
    let mut names = vec![("$".to_owned(), tree.clone())];
    print(&nodes, tree, &mut names, &mut out)
        .map_err(|fault| format!("error executing template \"{template}\": template: output:1: {fault}"))?;
    Ok(out)
}

/// Text and actions, in turn; `{{-` and `-}}` take the blanks beside them away.
fn pieces(template: &str) -> Result<Vec<(bool, String)>, String> {
    let mut pieces = Vec::new();
    let (mut rest, mut trims) = (template, false);
    loop {
        let (text, after) = rest.split_once("{{").map_or((rest, None), |(text, after)| (text, Some(after)));
        let text = if trims { text.trim_start() } else { text };
        let trims_before = after.is_some_and(|after| after.starts_with("- "));
        pieces.push((false, if trims_before { text.trim_end() } else { text }.to_owned()));
        let Some(after) = after else { return Ok(pieces) };
        let after = if trims_before { &after[2..] } else { after };
        let end = end_of_action(after).ok_or("unclosed action")?;
        let action = &after[..end];
        trims = action.ends_with(" -");
        let action = action.strip_suffix(" -").unwrap_or(action).trim();
        if !action.starts_with("/*") {
            pieces.push((true, action.to_owned()));
        }
        rest = &after[end + 2..];
    }
}

/// Where `}}` stands outside quotes.
fn end_of_action(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '`') => quote = Some(character),
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

/// Nodes up to `end` or `else`, and which of them came.
fn block(pieces: &mut std::vec::IntoIter<(bool, String)>) -> Result<(Vec<Node>, Option<String>), String> {
    let mut nodes = Vec::new();
    while let Some((is_action, text)) = pieces.next() {
        if !is_action {
            nodes.push(Node::Text(text));
            continue;
        }
        let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match word {
            "end" | "else" => return Ok((nodes, Some(text))),
            "range" | "with" | "if" => nodes.push(opened(word, rest, pieces)?),
            _ => nodes.push(Node::Print(text)),
        }
    }
    Ok((nodes, None))
}

fn opened(word: &str, about: &str, pieces: &mut std::vec::IntoIter<(bool, String)>) -> Result<Node, String> {
    let word = ["range", "with", "if"].into_iter().find(|known| *known == word).unwrap_or("if");
    let (inside, end) = block(pieces)?;
    let end = end.ok_or("unexpected EOF")?;
    let otherwise = match end.strip_prefix("else").map(str::trim) {
        None => Vec::new(),
        Some("") => match block(pieces)? {
            (nodes, Some(_)) => nodes,
            (_, None) => return Err("unexpected EOF".to_owned()),
        },
        Some(more) => vec![opened("if", more.trim_start_matches("if "), pieces)?],
    };
    Ok(Node::Block(word, about.trim().to_owned(), inside, otherwise))
}

fn print(nodes: &[Node], dot: &Value, names: &mut Names, out: &mut String) -> Result<(), String> {
    let depth = names.len();
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Print(action) => match assigned(action) {
                Some((declared, about)) => {
                    let value = evaluate(about, dot, names)?.unwrap_or_default();
                    names.extend(declared.into_iter().map(|name| (name, value.clone())));
                }
                None => out.push_str(&evaluate(action, dot, names)?.map_or("<no value>".to_owned(), |it| shown(&it))),
            },
            Node::Block(word, about, inside, otherwise) => {
                let (declared, about) = assigned(about).unwrap_or((Vec::new(), about));
                let value = evaluate(about, dot, names)?.unwrap_or_default();
                let below = names.len();
                if is_false(&value) {
                    print(otherwise, dot, names, out)?;
                } else if *word == "range" {
                    for (key, item) in each(&value)? {
                        let given = if declared.len() > 1 { vec![key, item.clone()] } else { vec![item.clone()] };
                        names.extend(declared.iter().cloned().zip(given));
                        print(inside, &item, names, out)?;
                        names.truncate(below);
                    }
                } else {
                    names.extend(declared.into_iter().map(|name| (name, value.clone())));
                    print(inside, if *word == "with" { &value } else { dot }, names, out)?;
                }
                names.truncate(below);
            }
        }
    }
    names.truncate(depth.max(1));
    Ok(())
}

/// What a value holds, with its keys.
fn each(value: &Value) -> Result<Vec<(Value, Value)>, String> {
    match value {
        Value::List(items) => Ok((0_i64..).map(Value::from).zip(items.iter().cloned()).collect()),
        Value::Map(map) => Ok(map.iter().map(|(key, item)| (Value::Text(key.clone()), item.clone())).collect()),
        other => Err(format!("range can't iterate over {}", shown(other))),
    }
}

/// `$a, $b := rest`.
fn assigned(action: &str) -> Option<(Vec<String>, &str)> {
    let (names, about) = action.split_once(":=").or_else(|| action.split_once(" = "))?;
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    names.iter().all(|name| name.starts_with('$') && !name.contains(' ')).then_some((names, about.trim()))
}

fn shown(value: &Value) -> String {
    if value.is_null() { "<no value>".to_owned() } else { plain_text(value) }
}

fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(holds) => !holds,
        Value::Int(number) => *number == 0,
        other => other.is_empty() || other.is_null(),
    }
}

/// A pipeline's value; none where a field is not there.
fn evaluate(pipeline: &str, dot: &Value, names: &Names) -> Result<Option<Value>, String> {
    let mut last: Option<Option<Value>> = None;
    for command in split(pipeline, '|') {
        let mut words = split(&command, ' ');
        words.retain(|word| !word.is_empty());
        let Some((head, rest)) = words.split_first() else { return Err("missing value for command".to_owned()) };
        let is_value =
            head.starts_with(['.', '$', '"', '`', '(', '-']) || head.starts_with(|c: char| c.is_ascii_digit());
        if is_value || ["true", "false", "nil"].contains(&head.as_str()) {
            last = Some(operand(head, dot, names)?);
            continue;
        }
        let mut args = Vec::new();
        for word in rest {
            args.push(operand(word, dot, names)?.unwrap_or_default());
        }
        args.extend(last.take().map(Option::unwrap_or_default));
        last = Some(Some(call(head, &args)?));
    }
    Ok(last.flatten())
}

/// Splits outside quotes and parentheses.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut quote, mut depth, mut escaped) = (None, 0_u32, false);
    for character in text.chars() {
        let splits = quote.is_none() && depth == 0 && character == at;
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '`') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if splits { parts.push(std::mem::take(&mut part)) } else { part.push(character) }
    }
    parts.push(part);
    parts
}

fn operand(word: &str, dot: &Value, names: &Names) -> Result<Option<Value>, String> {
    if let Some(inside) = word.strip_prefix('"') {
        let text = inside.strip_suffix('"').unwrap_or(inside);
        let text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").replace("\\\\", "\\");
        return Ok(Some(text.into()));
    }
    if let Some(inside) = word.strip_prefix('`') {
        return Ok(Some(inside.trim_end_matches('`').into()));
    }
    if let Some(inside) = word.strip_prefix('(') {
        let (inside, path) = inside.rsplit_once(')').unwrap_or((inside, ""));
        return Ok(evaluate(inside, dot, names)?.and_then(|value| field(&value, path)));
    }
    if word.starts_with('$') {
        let (name, path) = word.find('.').map_or((word, ""), |at| word.split_at(at));
        let known = names.iter().rev().find(|(known, _)| known == name);
        let (_, value) = known.ok_or_else(|| format!("undefined variable \"{name}\""))?;
        return Ok(field(value, path));
    }
    match word {
        "true" => Ok(Some(true.into())),
        "false" => Ok(Some(false.into())),
        "nil" => Ok(None),
        _ if word.starts_with('.') => Ok(field(dot, word)),
        number => number
            .parse::<i64>()
            .map(|number| Some(number.into()))
            .map_err(|_| format!("function \"{number}\" not defined")),
    }
}

/// `.a.b` of a value.
fn field(value: &Value, path: &str) -> Option<Value> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(value.clone(), |value, name| value.get(name).cloned())
}

fn call(name: &str, args: &[Value]) -> Result<Value, String> {
    let first = args.first().cloned().unwrap_or_default();
    Ok(match name {
        "index" => args.iter().skip(1).fold(first, |value, key| {
            match key {
                Value::Int(at) => usize::try_from(*at).ok().and_then(|at| value.items().get(at).cloned()),
                key => key.as_str().and_then(|key| value.get(key).cloned()),
            }
            .unwrap_or_default()
        }),
        "len" => match &first {
            Value::List(items) => i64::try_from(items.len()).unwrap_or_default().into(),
            Value::Text(text) => i64::try_from(text.len()).unwrap_or_default().into(),
            other => i64::try_from(other.entries().count()).unwrap_or_default().into(),
        },
        "not" => is_false(&first).into(),
        "and" => args.iter().find(|arg| is_false(arg)).or(args.last()).cloned().unwrap_or_default(),
        "or" => args.iter().find(|arg| !is_false(arg)).or(args.last()).cloned().unwrap_or_default(),
        "eq" => args.iter().skip(1).any(|arg| *arg == first).into(),
        "ne" => (args.get(1) != Some(&first)).into(),
        "lt" => (Some(&first) < args.get(1)).into(),
        "le" => (Some(&first) <= args.get(1)).into(),
        "gt" => (Some(&first) > args.get(1)).into(),
        "ge" => (Some(&first) >= args.get(1)).into(),
        "exists" => {
            args.iter().skip(1).try_fold(first, |value, key| value.get(key.as_str()?).cloned()).is_some().into()
        }
        "print" => args.iter().map(shown).collect::<String>().into(),
        "println" => format!("{}\n", args.iter().map(shown).collect::<Vec<_>>().join(" ")).into(),
        "printf" => formatted(first.as_str().unwrap_or_default(), args.get(1..).unwrap_or_default()).into(),
        "base64decode" => {
            let bytes = base64::decode(first.as_str().unwrap_or_default()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned().into()
        }
        other => return Err(format!("function \"{other}\" not defined")),
    })
}

/// `%s`, `%v`, `%d` and `%q`, one argument each.
fn formatted(format: &str, args: &[Value]) -> String {
    let (mut out, mut args, mut rest) = (String::new(), args.iter(), format.chars());
    while let Some(character) = rest.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let mut verb = rest.next();
        let mut width = String::new();
        while let Some(digit) = verb.filter(|c| c.is_ascii_digit() || *c == '-') {
            width.push(digit);
            verb = rest.next();
        }
        let text = match verb {
            Some('%') | None => "%".to_owned(),
            Some('q') => format!("{:?}", args.next().map(shown).unwrap_or_default()),
            Some(_) => args.next().map(shown).unwrap_or_default(),
        };
        let room = width.trim_start_matches('-').parse::<usize>().unwrap_or_default();
        let blanks = " ".repeat(room.saturating_sub(text.chars().count()));
        out.push_str(&if width.starts_with('-') { text + &blanks } else { blanks + &text });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::tree;

    #[test]
    fn what_tutorials_use_is_rendered() {
        let tree = tree!({ "items": [
            { "metadata": { "name": "a", "labels": { "app": "x" } }, "n": 1 },
            { "metadata": { "name": "b" }, "n": 2 },
        ] });
        for (template, wanted) in [
            ("{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}", "a\nb\n"),
            ("{{range $i, $p := .items}}{{$i}}={{$p.metadata.name}} {{end}}", "0=a 1=b "),
            ("{{(index .items 1).metadata.name}}", "b"),
            ("{{len .items}}", "2"),
            ("{{range .items}}{{if eq .n 1}}one{{else}}more{{end}},{{end}}", "one,more,"),
            ("{{range .items}}{{.metadata.labels.app}} {{end}}", "x <no value> "),
            ("{{range .items -}}  {{.n | printf \"%03s\"}}  {{- end}}", "  1  2"),
            ("{{with .nothing}}x{{else}}none{{end}}", "none"),
        ] {
            assert_eq!(render(template, &tree).as_deref(), Ok(wanted), "{template}");
        }
        assert!(render("{{.a", &tree).is_err_and(|fault| fault.contains("unclosed action")));
        assert!(render("{{nope .a}}", &tree).is_err_and(|fault| fault.contains("function \"nope\" not defined")));
    }
}
