//! HTTP as the simulation knows it: a method, a path, headers, a body.

use std::rc::Rc;

/// One request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: Rc<str>,
    /// The `Host` header.
    pub host: Rc<str>,
    /// Path and query.
    pub path: Rc<str>,
    /// Further headers.
    pub headers: Vec<(Rc<str>, Rc<str>)>,
    /// The body.
    pub body: Rc<str>,
    /// The address that it comes from, as the server sees it.
    pub client: Rc<str>,
    /// `User-Agent`.
    pub agent: Rc<str>,
}

impl Request {
    /// A plain `GET`.
    #[must_use]
    pub fn get(host: &str, path: &str) -> Self {
        Self {
            method: "GET".into(),
            host: host.into(),
            path: path.into(),
            headers: Vec::new(),
            body: "".into(),
            client: "".into(),
            agent: "curl/8.16.0".into(),
        }
    }

    /// The path without its query.
    #[must_use]
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.path.split_once('?')?;
        query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    }
}

/// One response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The status code.
    pub status: i64,
    /// Headers, `Server` and `Content-Type` among them.
    pub headers: Vec<(Rc<str>, Rc<str>)>,
    /// The body.
    pub body: Rc<str>,
}

impl Response {
    /// A response with a content type.
    #[must_use]
    pub fn new(status: i64, server: &str, content_type: &str, body: impl Into<Rc<str>>) -> Self {
        let mut headers = Vec::new();
        for (name, value) in [("Server", server), ("Content-Type", content_type)] {
            if !value.is_empty() {
                headers.push((name.into(), value.into()));
            }
        }
        Self { status, headers, body: body.into() }
    }

    /// The words of the status line after the number.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        reason(self.status)
    }
}

/// The words of a status code (RFC 9110).
#[must_use]
pub fn reason(status: i64) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => "",
    }
}

/// Scheme, host, port and path of a URL as command lines have them; the scheme may be missing.
#[must_use]
pub fn split_url(url: &str) -> (&str, &str, i64, String) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let cut = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(cut);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => (host, port.parse().unwrap_or_default()),
        _ => (authority, if scheme == "https" { 443 } else { 80 }),
    };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (scheme, host, port, path)
}
