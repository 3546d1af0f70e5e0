//! Refusals, as the API server answers them.

use crate::document::Value;
use crate::kube::api::Resource;
use std::fmt;

/// The reason word of a `metav1.Status`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the words of metav1.StatusReason")]
pub enum Reason {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    AlreadyExists,
    Conflict,
    Gone,
    Expired,
    Invalid,
    MethodNotAllowed,
    TooManyRequests,
    UnsupportedMediaType,
    InternalError,
    ServiceUnavailable,
    /// Not of the server: nobody answered, in the client's own words.
    Unreachable,
}

impl Reason {
    /// The HTTP status code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadyExists | Self::Conflict => 409,
            Self::Gone | Self::Expired => 410,
            Self::UnsupportedMediaType => 415,
            Self::Invalid => 422,
            Self::TooManyRequests => 429,
            Self::InternalError => 500,
            Self::ServiceUnavailable => 503,
            Self::Unreachable => 0,
        }
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequest",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::AlreadyExists => "AlreadyExists",
            Self::Conflict => "Conflict",
            Self::Gone => "Gone",
            Self::Expired => "Expired",
            Self::Invalid => "Invalid",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::TooManyRequests => "TooManyRequests",
            Self::UnsupportedMediaType => "UnsupportedMediaType",
            Self::InternalError => "InternalError",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::Unreachable => "",
        }
    }
}

/// A refusal: what `metav1.Status` says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiError {
    /// The reason word.
    pub reason: Reason,
    /// Upstream's message.
    pub message: String,
    /// Which fields are at fault, where that is the reason.
    pub causes: Vec<FieldError>,
}

/// One field at fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// The path as upstream prints it, for example `spec.containers[0].image`.
    pub path: String,
    /// What is wrong with it.
    pub kind: FieldErrorKind,
    /// The value printed in the message, already in Go's form; empty where none is printed.
    pub value: String,
    /// The explanation.
    pub detail: String,
}

/// What can be wrong with a field.
// Models k8s.io/apimachinery/pkg/util/validation/field ErrorType
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the words of field.ErrorType")]
pub enum FieldErrorKind {
    NotFound,
    Required,
    Duplicate,
    Invalid,
    NotSupported,
    Forbidden,
    TooLong,
    TooMany,
    Internal,
    TypeInvalid,
}

impl fmt::Display for FieldError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.kind {
            FieldErrorKind::NotFound => "Not found",
            FieldErrorKind::Required => "Required value",
            FieldErrorKind::Duplicate => "Duplicate value",
            FieldErrorKind::Invalid | FieldErrorKind::TypeInvalid => "Invalid value",
            FieldErrorKind::NotSupported => "Unsupported value",
            FieldErrorKind::Forbidden => "Forbidden",
            FieldErrorKind::TooLong => "Too long",
            FieldErrorKind::TooMany => "Too many",
            FieldErrorKind::Internal => "Internal error",
        };
        write!(out, "{}: {word}", self.path)?;
        if !self.value.is_empty() {
            write!(out, ": {}", self.value)?;
        }
        if !self.detail.is_empty() {
            write!(out, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl ApiError {
    /// A refusal without field causes.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), causes: Vec::new() }
    }

    /// `pods "web" not found`.
    #[must_use]
    pub fn not_found(resource: Resource, name: &str) -> Self {
        Self::new(Reason::NotFound, format!("{} \"{name}\" not found", resource.qualified()))
    }

    /// `pods "web" already exists`.
    #[must_use]
    pub fn already_exists(resource: Resource, name: &str) -> Self {
        Self::new(Reason::AlreadyExists, format!("{} \"{name}\" already exists", resource.qualified()))
    }

    /// `Operation cannot be fulfilled on pods "web": …`.
    #[must_use]
    pub fn conflict(resource: Resource, name: &str, detail: &str) -> Self {
        Self::new(
            Reason::Conflict,
            format!("Operation cannot be fulfilled on {} \"{name}\": {detail}", resource.qualified()),
        )
    }

    /// `pods "web" is forbidden: …`.
    #[must_use]
    pub fn forbidden(resource: Resource, name: &str, detail: &str) -> Self {
        Self::new(Reason::Forbidden, format!("{} \"{name}\" is forbidden: {detail}", resource.qualified()))
    }

    /// `Pod "web" is invalid: …`, one cause inline, several in brackets.
    // Models k8s.io/apimachinery/pkg/api/errors NewInvalid, util/errors Aggregate
    #[must_use]
    pub fn invalid(resource: Resource, name: &str, causes: Vec<FieldError>) -> Self {
        let info = resource.info();
        let kind = if info.group.is_empty() { info.kind.to_owned() } else { format!("{}.{}", info.kind, info.group) };
        let mut texts: Vec<String> = Vec::new();
        for cause in &causes {
            let text = cause.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let detail = match texts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        Self { reason: Reason::Invalid, message: format!("{kind} \"{name}\" is invalid: {detail}"), causes }
    }

    /// The refusal as the `Status` object that goes over the wire.
    #[must_use]
    pub fn to_status(&self) -> Value {
        crate::tree!({
            "apiVersion": "v1",
            "kind": "Status",
            "metadata": {},
            "status": "Failure",
            "message": self.message.as_str(),
            "reason": self.reason.as_str(),
            "code": i64::from(self.reason.code()),
        })
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}
