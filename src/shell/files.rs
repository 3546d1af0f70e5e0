//! The small commands over the editor's files: `cat`, `ls`, `rm`, `cp`, `mv`, `touch`, `vi`.
//!
//! There is one folder, and it is home; a name with a slash in it is a file in a folder of it.

use crate::document::InOrder as _;
use crate::words::say;

use super::client::{Client, Sign};

/// Which of the commands a name is; none where it is another.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(client: &Client, name: &str, args: &[String]) -> Option<u8> {
    let names: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-') || *arg == "-").collect();
    Some(match name {
        "cat" => cat(client, &names),
        "ls" | "ll" => {
            ls(client, &names, args.iter().any(|arg| arg.starts_with('-') && arg.contains('l')) || name == "ll")
        }
        "rm" => remove(client, &names),
        "touch" => {
            for name in names {
                let text = client.file(name).unwrap_or_default();
                client.write_file(name, text);
            }
            0
        }
        "cp" | "mv" => copy(client, name, &names),
        "mkdir" => 0,
        "pwd" => {
            client.println("/home/you");
            0
        }
        "cd" => match names.first() {
            None | Some(&"~" | &"/home/you" | &".") => 0,
            Some(folder) => {
                client.warnln(&format!("sh: cd: {folder}: No such file or directory"));
                1
            }
        },
        "vi" | "vim" | "nano" | "emacs" | "code" | "edit" => edit(client, &names),
        _ => return None,
    })
}

fn missing(client: &Client, command: &str, name: &str) -> u8 {
    client.warnln(&format!("{command}: {name}: No such file or directory"));
    1
}

fn cat(client: &Client, names: &[&str]) -> u8 {
    if names.is_empty() {
        client.print(&client.stdin);
    }
    let mut exit = 0;
    for name in names {
        match if *name == "-" { Some(client.stdin.to_string()) } else { client.file(name) } {
            Some(text) => client.print(&text),
            None => exit = missing(client, "cat", name),
        }
    }
    exit
}

fn ls(client: &Client, names: &[&str], long: bool) -> u8 {
    let files: Vec<(String, usize)> =
        client.setting().files.iter().map(|(name, text)| (name.clone(), text.len())).collect();
    let folder = names.first().copied().unwrap_or(".").trim_start_matches("./").trim_end_matches('/');
    let prefix = if folder.is_empty() || folder == "." { String::new() } else { format!("{folder}/") };
    let mut shown: Vec<(String, usize)> = Vec::new();
    for (name, length) in &files {
        if name == folder {
            shown.push((name.clone(), *length));
        } else if let Some(rest) = name.strip_prefix(&prefix) {
            let entry = rest.split_once('/').map_or(rest.to_owned(), |(inner, _)| format!("{inner}/"));
            if !shown.iter().any(|(known, _)| *known == entry) {
                shown.push((entry, *length));
            }
        }
    }
    if shown.is_empty() && !prefix.is_empty() {
        client.warnln(&format!("ls: cannot access '{folder}': No such file or directory"));
        return 2;
    }
    shown.order();
    for (name, length) in shown {
        client.println(&if long { format!("-rw-r--r-- 1 you you {length:>6} {name}") } else { name });
    }
    0
}

fn remove(client: &Client, names: &[&str]) -> u8 {
    let mut exit = 0;
    for name in names {
        let mut found = false;
        client.change_setting(|setting| {
            found = setting.files.remove(name.trim_start_matches("./")).is_some();
        });
        if found {
            client.sign(Sign::Close((*name).into()));
        } else {
            client.warnln(&format!("rm: cannot remove '{name}': No such file or directory"));
            exit = 1;
        }
    }
    exit
}

fn copy(client: &Client, command: &str, names: &[&str]) -> u8 {
    let [from, to] = names else {
        client.warnln(&format!("{command}: missing file operand"));
        return 1;
    };
    let Some(text) = client.file(from) else {
        client.warnln(&format!("{command}: cannot stat '{from}': No such file or directory"));
        return 1;
    };
    client.write_file(to, text);
    if command == "mv" { remove(client, &[from]) } else { 0 }
}

/// The editor is beside the terminal, and shows the file.
fn edit(client: &Client, names: &[&str]) -> u8 {
    let words = client.setting().words.clone();
    let Some(name) = names.first() else {
        client.println(words.text("shell-editor-beside"));
        return 0;
    };
    if client.file(name).is_none() {
        client.write_file(name, String::new());
    }
    client.sign(Sign::Edit((*name).into()));
    client.println(&say!(words, "shell-editor-opens", file = *name));
    0
}
