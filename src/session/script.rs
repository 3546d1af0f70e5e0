//! A script in the editor is run line by line: Ctrl+Enter takes the command on which the cursor
//! stands to the terminal, and the cursor goes on to the next.

use super::{Effect, File, Session};
use crate::shell::is_complete;

/// One command of a script: the lines that it stands on, from 0, and its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptLine {
    /// The first of its lines.
    pub first: u32,
    /// The line behind its last.
    pub end: u32,
    /// What is typed.
    pub text: String,
}

impl File {
    /// Whether it is a script of the shell.
    #[must_use]
    pub fn is_script(&self) -> bool {
        self.name.ends_with(".sh") && !self.text.starts_with("#!")
    }
}

/// The commands of a script: one may stand on several lines, comments are none.
#[must_use]
pub fn commands(text: &str) -> Vec<ScriptLine> {
    let (mut found, mut open) = (Vec::new(), None::<ScriptLine>);
    for (at, line) in (0..).zip(text.lines()) {
        let mut command = match open.take() {
            Some(command) => ScriptLine { text: format!("{}\n{line}", command.text), ..command },
            None if line.trim().is_empty() || line.trim_start().starts_with('#') => continue,
            None => ScriptLine { first: at, end: at + 1, text: line.to_owned() },
        };
        command.end = at + 1;
        if is_complete(&command.text) {
            found.push(command);
        } else {
            open = Some(command);
        }
    }
    // What is never closed is still what was written: the shell says what it lacks.
    found.extend(open);
    found
}

impl Session {
    /// The command that Ctrl+Enter would run: where the cursor stands, or the next one below.
    #[must_use]
    pub fn next_command(&self) -> Option<ScriptLine> {
        let file = self.file(&self.active).filter(|file| file.is_script() && !file.is_lent)?;
        commands(&file.text).into_iter().find(|command| command.end > self.cursor)
    }

    /// Runs it, where the open file is a script. None: it is no script.
    pub(super) fn run_script(&mut self) -> Option<Vec<Effect>> {
        self.file(&self.active).filter(|file| file.is_script() && !file.is_lent)?;
        let Some(command) = self.next_command().filter(|_| !self.terminal.is_busy()) else { return Some(Vec::new()) };
        let mut effects = self.command(&command.text);
        // A command that waits for the world needs the world to go on.
        self.playing |= self.terminal.is_busy();
        let file = self.active.clone();
        self.cursor = command.end;
        if let Some(next) = self.next_command() {
            self.cursor = next.first;
            effects.push(Effect::Reveal { file, line: next.first });
        }
        Some(effects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_falls_apart_into_commands() {
        let text = "# 1\nA=1\n\naws ec2 describe-vpcs \\\n  --output text\necho 'two\nlines'\n";
        let found: Vec<(u32, u32, String)> = commands(text).into_iter().map(|it| (it.first, it.end, it.text)).collect();
        assert_eq!(
            found,
            [
                (1, 2, "A=1".to_owned()),
                (3, 5, "aws ec2 describe-vpcs \\\n  --output text".to_owned()),
                (5, 7, "echo 'two\nlines'".to_owned()),
            ]
        );
    }
}
