//! The one way in: who asks, may they, and then the operation itself.

use crate::aws::api::{Answer, Call, Error, Need, Principal};
use crate::aws::cloud::Cloud;
use crate::aws::context::{Context, Scope};
use crate::aws::iam::{access, identity};
use crate::aws::service::{self, Operation, Service};
use crate::sim::{Reason, Turn, Verb};

/// Carries a request from its signature to its answer. Nothing changes when it is refused.
pub(super) fn handle(cloud: &mut Cloud, turn: &mut Turn<'_>, call: &Call) -> Answer {
    let (service, operation) = find(call)?;
    let caller = identity::authenticate(cloud, call, turn.now)?;
    let scope = Scope { cloud, caller: &caller, region: &call.region, service: service.name };
    for need in needs(&scope, service, operation, call) {
        if let Err(refused) = access::authorize(cloud, &caller, (service.name, &call.region), turn.now, &need) {
            let (error, reason) = *refused;
            refuse(cloud, turn, caller, call, reason);
            return Err(error);
        }
    }
    // Source: Common query parameters of the EC2 API, DryRun: who may not is told before.
    if service.name == "ec2" && call.params.is_true_at(&["DryRun"]) {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Error::new("DryRunOperation", message));
    }
    let (cause, why) = (turn.cause, turn.why.clone());
    let mut context = Context { cloud, turn, caller, signed: call.caller.clone(), region: call.region.clone() };
    let answer = (operation.run)(&mut context, &call.params);
    (turn.cause, turn.why) = (cause, why);
    answer
}

fn find(call: &Call) -> Result<(&'static Service, &'static Operation), Error> {
    let service = service::named(&call.service);
    let operation = service.and_then(|it| it.operations.iter().find(|operation| operation.name == &*call.action));
    service.zip(operation).ok_or_else(|| {
        // Source: Common Errors of the AWS APIs.
        Error::new("InvalidAction", format!("The action {} is not valid for this web service.", call.action))
    })
}

/// What must be allowed. A need without an action means the operation's own.
fn needs(scope: &Scope<'_>, service: &Service, operation: &Operation, call: &Call) -> Vec<Need> {
    let own = || format!("{}:{}", service.prefix, operation.name);
    let Some(needs) = operation.needs else { return vec![Need::new(own(), "*")] };
    let mut needs = needs(scope, &call.params);
    needs.iter_mut().filter(|need| need.action.is_empty()).for_each(|need| need.action = own().into());
    needs
}

/// Keeps in the history who was refused what, and by which statement.
fn refuse(cloud: &mut Cloud, turn: &mut Turn<'_>, caller: Principal, call: &Call, reason: Reason) {
    let root = || identity::global(&caller.account, "AWS::IAM::Root", "root");
    let who = caller.entity.clone().unwrap_or_else(root);
    let mut context = Context { cloud, turn, caller, signed: call.caller.clone(), region: call.region.clone() };
    context.note(Verb::Refuse, &who, reason);
}
