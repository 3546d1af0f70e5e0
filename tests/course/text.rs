//! Prose: what Markdown becomes, that its encoding loses nothing, and the lesson's text.

use drydock::course::prose::{Block, Inline, Target, decode, encode, plain_blocks};
use drydock::course::{Text, read_markdown};

const TEXT: &str = "# Title `x`

> a question

One **bold *both*** and `code`
on two lines, see [the loop](term:control-loop) or [there](https://kubernetes.io/docs/).

1. first
2. second
   - inner

```yaml
replicas: 3
  # kept
```

## Step {#one}

Body.

### check

{n} of 5 ready

You want **5**.

### hint 1

nudge

### choice three

Three.

### done

Done.
";

#[test]
fn markdown_becomes_prose() {
    let (sections, dropped) = read_markdown(TEXT);
    assert_eq!(dropped, []);
    let opening = &sections[0];
    assert_eq!(&*opening.title, "Title x");
    let text = |text: &str| Inline::Text(text.into());
    assert_eq!(opening.blocks[0], Block::Quote(vec![Block::Paragraph(vec![text("a question")])]));
    assert_eq!(
        opening.blocks[1],
        Block::Paragraph(vec![
            text("One "),
            Inline::Strong(vec![text("bold "), Inline::Emphasis(vec![text("both")])]),
            text(" and "),
            Inline::Code("code".into()),
            text(" on two lines, see "),
            Inline::Link(Target::Term("control-loop".into()), vec![text("the loop")]),
            text(" or "),
            Inline::Link(Target::Web("https://kubernetes.io/docs/".into()), vec![text("there")]),
            text("."),
        ])
    );
    let inner = Block::List { numbered: false, items: vec![vec![Block::Paragraph(vec![text("inner")])]] };
    assert_eq!(
        opening.blocks[2],
        Block::List {
            numbered: true,
            items: vec![
                vec![Block::Paragraph(vec![text("first")])],
                vec![Block::Paragraph(vec![text("second")]), inner]
            ]
        }
    );
    assert_eq!(opening.blocks[3], Block::Code { language: "yaml".into(), text: "replicas: 3\n  # kept".into() });
    assert_eq!((&*sections[1].step, &*sections[1].title, sections[1].line), ("one", "Step", 17));
}

#[test]
fn the_encoding_loses_nothing_but_line_numbers() {
    let (mut sections, _) = read_markdown(TEXT);
    sections.iter_mut().for_each(|section| section.line = 0);
    assert_eq!(decode(&encode(&sections)), sections);
    assert_eq!(decode(""), []);
}

#[test]
fn control_characters_cannot_forge_the_encoding() {
    let (sections, _) = read_markdown("# T\n\na \u{1}ahttps://x\u{3}b\u{2} \u{1e} c");
    assert_eq!(plain_blocks(&sections[0].blocks), "a ahttps://xb  c");
    // What is not an encoding at all is read without harm.
    assert!(decode("\u{2}\u{3}\u{1}\u{1f}\u{1f}\u{1f}\u{1}p\u{1}zjavascript:x\u{3}text").len() == 1);
}

#[test]
fn a_text_finds_its_parts() {
    let text = Text::of(&read_markdown(TEXT).0);
    let step = text.step("one").expect("the step is there");
    assert_eq!(&*text.title, "Title x");
    assert_eq!(&*step.title, "Step");
    assert_eq!(step.hints.len(), 1);
    assert_eq!(step.choices, [("three".into(), "Three.".into())]);
    assert_eq!(plain_blocks(&step.done), "Done.");
    let said = |value: &str| step.goal_with(&[("n".into(), value.to_owned())]);
    assert_eq!(said("3\n"), ("3 of 5 ready".to_owned(), "You want 5.".to_owned()));
    assert_eq!(said("").0, "0 of 5 ready");
}
