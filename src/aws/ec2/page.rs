//! What the web server of an instance answers: the page that its user data writes, or the one that
//! the server brings along.

use super::instance::user_data;
use crate::document::Value;

/// The page of an instance's web server.
#[must_use]
pub fn page(instance: &Value) -> String {
    let script = user_data(instance).unwrap_or_default();
    let written = script.lines().rev().find_map(|line| echoed(line, instance));
    written.unwrap_or_else(|| {
        let brought = if script.contains("nginx") {
            "<h1>Welcome to nginx!</h1>"
        } else if script.contains("httpd") || script.contains("apache2") {
            "<html><body><h1>It works!</h1></body></html>"
        } else {
            return String::new();
        };
        format!("{brought}\n")
    })
}

/// What `echo … > …/index.html` writes.
fn echoed(line: &str, instance: &Value) -> Option<String> {
    let (said, file) = line.trim().strip_prefix("echo ")?.rsplit_once('>')?;
    // Behind a pipe it is `tee` that writes; that is not read here.
    if !file.trim().ends_with("index.html") || said.contains('|') {
        return None;
    }
    let said = said.trim().trim_end_matches('>').trim();
    let said = said.strip_prefix(['"', '\'']).and_then(|said| said.strip_suffix(['"', '\''])).unwrap_or(said);
    let host = instance.str_at(&["PrivateDnsName"]);
    Some(format!("{}\n", said.replace("$(hostname -f)", host).replace("$(hostname)", host)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::base64;
    use crate::tree;

    fn page_of(script: &str) -> String {
        let data = base64::encode(script.as_bytes());
        page(&tree!({ "_UserData": data, "PrivateDnsName": "ip-10-0-1-7.ap-northeast-2.compute.internal" }))
    }

    #[test]
    fn a_page_is_what_the_user_data_writes() {
        let script = "#!/bin/bash\ndnf -y install nginx\necho \"hello from $(hostname)\" > /usr/share/nginx/html/index.html\nsystemctl enable --now nginx\n";
        assert_eq!(page_of(script), "hello from ip-10-0-1-7.ap-northeast-2.compute.internal\n");
        assert_eq!(page_of("dnf -y install nginx"), "<h1>Welcome to nginx!</h1>\n");
        assert_eq!(page_of("dnf -y install httpd"), "<html><body><h1>It works!</h1></body></html>\n");
        assert_eq!(page_of("sleep 1"), "");
    }
}
