//! Stands in for parts that land in their own rooms: patches, schema, field ownership.

pub mod managed_fields {
    use crate::document::Value;
    use crate::document::schema::Type;
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
        Ok((crate::kube::api::patch::merge_patch(live.0, config), live.1.clone()))
    }
}
