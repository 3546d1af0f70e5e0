//! Files as programs see them: the container's own layer over its image, and what is mounted.

use crate::document::InOrder as _;
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// How large one file may grow; what is written beyond that is cut off at its beginning.
pub const FILE_BYTES_MAX: usize = 64 * 1024;

/// Files by path; a directory that was made is a path that ends with a slash.
pub type Files = RedBlackTreeMap<Rc<str>, Rc<str>>;

/// The volumes of a cluster, by what they are: `empty/UID/NAME`, `host/NODE/PATH`, `pv/NAME`,
/// `projected/UID/NAME`.
pub type Disks = RedBlackTreeMap<Rc<str>, Files>;

/// A volume (or one file of it) at a place in the container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mount {
    /// Where, without a slash at the end.
    pub path: Rc<str>,
    /// Which disk.
    pub disk: Rc<str>,
    /// Which part of the disk; empty for all.
    pub sub_path: Rc<str>,
    /// Whether it can be written to.
    pub read_only: bool,
    /// Whether it is kept in memory, and so counts as memory.
    pub in_memory: bool,
}

/// Why a file could not be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// There is none.
    Missing,
    /// It is a directory.
    IsDirectory,
    /// It must not be written to.
    ReadOnly,
}

impl Fault {
    /// As the C library says it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Missing => "No such file or directory",
            Self::IsDirectory => "Is a directory",
            Self::ReadOnly => "Read-only file system",
        }
    }
}

/// The files of one container at a moment: its layer, its mounts, what its image brings.
pub struct View<'a> {
    /// The container's own layer.
    pub layer: &'a mut Files,
    /// The volumes.
    pub disks: &'a mut Disks,
    /// What is mounted.
    pub mounts: &'a [Mount],
    /// Whether the root file system can be written to.
    pub read_only_root: bool,
    /// What the image brings, by path.
    pub image: &'a dyn Fn(&str) -> Option<String>,
}

/// Directories that every image has.
const DIRECTORIES: [&str; 20] = [
    "/",
    "/bin",
    "/dev",
    "/dev/shm",
    "/etc",
    "/home",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/share",
    "/usr/local",
    "/var",
    "/var/log",
    "/var/run",
    "/var/lib",
];

/// `path` seen from `cwd`, without `.` and `..` and doubled slashes.
#[must_use]
pub fn absolute(cwd: &str, path: &str) -> String {
    let full = if path.starts_with('/') { path.to_owned() } else { format!("{cwd}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl View<'_> {
    /// The mount that a path lies in (the innermost), and the path on its disk.
    fn place(&self, path: &str) -> Option<(&Mount, String)> {
        let inside = |mount: &&Mount| {
            path.strip_prefix(&*mount.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mount = self.mounts.iter().filter(inside).max_by_key(|mount| mount.path.len())?;
        let rest = path.get(mount.path.len()..).unwrap_or_default().trim_start_matches('/');
        let sub = &*mount.sub_path;
        let on_disk = match (sub.is_empty(), rest.is_empty()) {
            (true, _) => rest.to_owned(),
            (false, true) => sub.to_owned(),
            (false, false) => format!("{sub}/{rest}"),
        };
        Some((mount, on_disk))
    }

    /// What is in a file.
    ///
    /// # Errors
    /// That there is none, or that it is a directory.
    pub fn read(&self, path: &str) -> Result<Rc<str>, Fault> {
        let found = match self.place(path) {
            Some((mount, name)) => self.disks.get(&mount.disk).and_then(|disk| disk.get(name.as_str()).cloned()),
            None => match self.layer.get(path) {
                Some(text) => Some(text.clone()),
                None if self.layer.contains_key(format!("{path}\u{0}").as_str()) => None,
                None => (self.image)(path).map(Rc::from),
            },
        };
        match found {
            Some(text) => Ok(text),
            None if self.is_directory(path) => Err(Fault::IsDirectory),
            None => Err(Fault::Missing),
        }
    }

    /// Whether there is a file or a directory.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.read(path) != Err(Fault::Missing)
    }

    /// Whether there is a directory.
    #[must_use]
    pub fn is_directory(&self, path: &str) -> bool {
        let below =
            |mount: &Mount| mount.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/') || rest.is_empty());
        if let Some((mount, name)) = self.place(path) {
            let disk = self.disks.get(&mount.disk);
            // A part of a volume that is mounted is made where it is not there yet.
            let is_root = name.is_empty() || (*name == *mount.sub_path && *path == *mount.path);
            let is_file = disk.is_some_and(|disk| disk.contains_key(name.as_str()));
            return (is_root && !is_file) || disk.is_some_and(|disk| has_below(disk, &name));
        }
        DIRECTORIES.contains(&path)
            || self.mounts.iter().any(below)
            || has_below(self.layer, path)
            || (self.image)(&format!("{path}/")).is_some()
    }

    /// Writes a file, whole or at its end.
    ///
    /// # Errors
    /// That it cannot be written.
    pub fn write(&mut self, path: &str, text: &str, append: bool) -> Result<(), Fault> {
        if path == "/dev/null" {
            return Ok(());
        }
        let parent = path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
        if !self.is_directory(parent) {
            return Err(Fault::Missing);
        }
        if self.is_directory(path) {
            return Err(Fault::IsDirectory);
        }
        let before = if append { self.read(path).unwrap_or_default() } else { "".into() };
        let mut all = format!("{before}{text}");
        if all.len() > FILE_BYTES_MAX {
            let cut = (all.len() - FILE_BYTES_MAX..all.len()).find(|at| all.is_char_boundary(*at)).unwrap_or_default();
            all.drain(..cut);
        }
        self.put(path, Some(all.into()))
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// That it cannot be made.
    pub fn make_directory(&mut self, path: &str) -> Result<(), Fault> {
        if self.is_directory(path) { Ok(()) } else { self.put(&format!("{path}/"), Some("".into())) }
    }

    /// Removes a file, or a directory with all in it.
    ///
    /// # Errors
    /// That it cannot be removed.
    pub fn remove(&mut self, path: &str) -> Result<(), Fault> {
        for inside in self.all_below(path) {
            self.put(&inside, None)?;
        }
        self.put(&format!("{path}/"), None)?;
        self.put(path, None)
    }

    fn put(&mut self, path: &str, text: Option<Rc<str>>) -> Result<(), Fault> {
        if let Some((mount, name)) = self.place(path) {
            if mount.read_only {
                return Err(Fault::ReadOnly);
            }
            let name = if path.ends_with('/') && !name.ends_with('/') { format!("{name}/") } else { name };
            let disk = mount.disk.clone();
            let mut files = self.disks.get(&disk).cloned().unwrap_or_default();
            match text {
                Some(text) => files.insert_mut(name.into(), text),
                None => drop(files.remove_mut(name.as_str())),
            }
            self.disks.insert_mut(disk, files);
            return Ok(());
        }
        if self.read_only_root {
            return Err(Fault::ReadOnly);
        }
        let gone: Rc<str> = format!("{path}\u{0}").into();
        match text {
            Some(text) => {
                self.layer.remove_mut(&gone);
                self.layer.insert_mut(path.into(), text);
            }
            None => {
                self.layer.remove_mut(path);
                if (self.image)(path).is_some() {
                    self.layer.insert_mut(gone, "".into());
                }
            }
        }
        Ok(())
    }

    /// Every file below a directory, with its whole path.
    #[must_use]
    pub fn all_below(&self, path: &str) -> Vec<String> {
        let base = if path == "/" { String::new() } else { path.to_owned() };
        if let Some((mount, name)) = self.place(path) {
            let prefix = if name.is_empty() { String::new() } else { format!("{name}/") };
            let Some(disk) = self.disks.get(&mount.disk) else { return Vec::new() };
            let rest = disk.keys().filter_map(|file| file.strip_prefix(prefix.as_str()));
            return rest.filter(|rest| !rest.is_empty()).map(|rest| format!("{base}/{rest}")).collect();
        }
        let prefix = format!("{base}/");
        let mut all: Vec<String> = self
            .layer
            .keys()
            .filter(|file| file.starts_with(&prefix) && file.len() > prefix.len() && !file.contains('\u{0}'))
            .map(|file| file.to_string())
            .collect();
        if let Some(listed) = (self.image)(&prefix) {
            for name in listed.split_whitespace() {
                let file = format!("{prefix}{name}");
                if !all.contains(&file) && !self.layer.contains_key(format!("{file}\u{0}").as_str()) {
                    all.push(file);
                }
            }
        }
        for mount in self.mounts.iter().filter(|mount| mount.path.starts_with(&prefix)) {
            let is_file = self.read(&mount.path).is_ok();
            all.push(if is_file { mount.path.to_string() } else { format!("{}/", mount.path) });
        }
        all
    }

    /// The names in a directory, in order.
    #[must_use]
    pub fn list(&self, path: &str) -> Vec<String> {
        let base = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        let mut names: Vec<String> = self
            .all_below(path)
            .iter()
            .filter_map(|file| file.strip_prefix(&base)?.split('/').next().map(str::to_owned))
            .chain(
                (path == "/")
                    .then(|| ["bin", "dev", "etc", "home", "proc", "root", "tmp", "usr", "var"].map(str::to_owned))
                    .into_iter()
                    .flatten(),
            )
            .collect();
        names.order();
        names.dedup();
        names
    }
}

fn has_below(files: &Files, name: &str) -> bool {
    let prefix = format!("{name}/");
    files.range(Rc::from(prefix.as_str())..).next().is_some_and(|(file, _)| file.starts_with(&prefix))
}
