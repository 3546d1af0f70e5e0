//! What is written: how long it takes to check it, and to store it.

use drydock::document::{Value, parse, schema};
use drydock::kube::api::{Key, PatchType, Request, Resource, User, Verb, meta};
use drydock::session::File;
use drydock::world::{Action, Preset, World, secs};
use std::fmt::Write as _;
use std::hint::black_box;
use std::rc::Rc;

/// A file of 100 documents, one of 200 lines, and a world to store them in.
pub struct Texts {
    many: String,
    long: String,
    world: World,
}

impl Texts {
    /// A Deployment, a Service and two ConfigMaps in turn, each with a name of its own.
    pub fn new() -> Self {
        let mut many = String::new();
        for number in 0..100 {
            if number > 0 {
                many.push_str("---\n");
            }
            let text = match number % 4 {
                0 => deployment(number),
                1 => format!(
                    "apiVersion: v1\nkind: Service\nmetadata:\n  name: svc-{number}\nspec:\n  selector:\n    app: a\n  ports:\n  - port: 80\n"
                ),
                _ => format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map-{number}\ndata:\n  key: value\n"),
            };
            many.push_str(&text);
        }
        let mut long = deployment(0);
        let lines = long.lines().count();
        long.push_str("        env:\n");
        for number in 0..(199 - lines) / 2 {
            let _ = write!(long, "        - name: NAME_{number}\n          value: \"{number}\"\n");
        }
        let mut world = World::new(&Preset::demo(), 7);
        world.settle(secs(60));
        Self { many, long, world }
    }

    /// Reads the documents, checks them against the schema and applies each.
    pub fn store(&self) {
        let mut world = self.world.clone();
        for document in &parse(&self.many).documents {
            let known = |_: &str, _: &str| false;
            assert!(schema::check_document(document, &known).is_empty(), "the bench writes what is right");
            let value = document.root.to_value();
            let resource = Resource::of(value.str_at(&["apiVersion"]), value.str_at(&["kind"]));
            let key = Key::new(resource.unwrap_or(Resource::CONFIG_MAPS), "default", meta::name(&value));
            let mut request = Request::new(User::admin(), Verb::Patch(PatchType::Apply), &key).with_body(value);
            request.options.force = true;
            let request = request.managed_by("bench");
            let done = world.act(&Action::Request { actor: "you".into(), request: Rc::new(request) });
            assert!(done.is_ok(), "{done:?}");
        }
        black_box(world.journal().hash());
    }

    /// What happens 150 ms after a keystroke.
    pub fn check(&self) {
        let file = File::new("web.yaml", &self.long);
        assert!(file.problems.is_empty(), "the bench writes what is right: {:?}", file.problems);
        black_box(file.wishes.first().map(|wish| Value::clone(&wish.value)));
    }
}

fn deployment(number: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{number}\nspec:\n  replicas: 0\n  selector:\n    matchLabels:\n      app: web-{number}\n  template:\n    metadata:\n      labels:\n        app: web-{number}\n    spec:\n      containers:\n      - name: web\n        image: nginx:1.27\n        ports:\n        - containerPort: 80\n        readinessProbe:\n          httpGet:\n            path: /\n            port: 80\n"
    )
}
