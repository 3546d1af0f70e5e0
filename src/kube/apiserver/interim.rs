//! Stands in for parts that land in their own rooms: patches, schema, field ownership.

pub mod schema {
    use crate::document::Value;
    #[derive(Clone, Copy)]
    pub struct Type;
    pub struct DecodeError(Value);
    impl DecodeError {
        pub fn is_strict(&self) -> bool {
            false
        }
        pub fn into_lenient(self) -> Value {
            self.0
        }
    }
    impl std::fmt::Display for DecodeError {
        fn fmt(&self, _out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Ok(())
        }
    }
    pub fn root(_api_version: &str, _kind: &str) -> Option<Type> {
        Some(Type)
    }
    pub fn decode(value: &Value, _root: Type) -> Result<Value, DecodeError> {
        Ok(prune(value))
    }
    fn prune(value: &Value) -> Value {
        match value {
            Value::Map(map) => map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), prune(value)))
                .collect::<crate::document::Map>()
                .into(),
            Value::List(items) => Value::list(items.iter().map(prune)),
            other => other.clone(),
        }
    }
}

pub mod patch {
    use super::schema::Type;
    use crate::document::Value;
    pub fn json_patch(_old: &Value, _patch: &Value) -> Result<Value, String> {
        Err("JSON patches are not served yet".to_owned())
    }
    pub fn merge_patch(old: &Value, patch: &Value) -> Value {
        let Some(changes) = patch.as_map() else { return patch.clone() };
        let mut merged = if old.as_map().is_some() { old.clone() } else { Value::map() };
        for (key, change) in changes {
            if change.is_null() {
                merged.remove(&[key]);
            } else {
                let next = merge_patch(merged.get(key).unwrap_or(&Value::Null), change);
                merged.set(&[key], next);
            }
        }
        merged
    }
    pub fn strategic(old: &Value, patch: &Value, _root: Option<Type>) -> Result<Value, String> {
        Ok(merge_patch(old, patch))
    }
}

pub mod managed_fields {
    use super::schema::Type;
    use crate::document::Value;
    use crate::kube::api::managed_fields::Managers;
    pub struct Conflict;
    pub fn conflict_message(_conflicts: &[Conflict]) -> String {
        String::new()
    }
    pub fn update(old: (&Value, &Managers), _new: &Value, _by: &str, _on: &str, _now: &str, _root: Type) -> Managers {
        old.1.clone()
    }
    pub fn apply(
        live: (&Value, &Managers),
        config: &Value,
        _by: &str,
        _force: bool,
        _now: &str,
        _root: Type,
    ) -> Result<(Value, Managers), Vec<Conflict>> {
        Ok((super::patch::merge_patch(live.0, config), live.1.clone()))
    }
}
