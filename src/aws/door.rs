//! The one way in: who asks, may they, and then the operation itself.

use crate::aws::api::{Answer, Call, Caller, Error, Need, Principal, PrincipalKind};
use crate::aws::cloud::Cloud;
use crate::aws::context::{Context, Scope};
use crate::aws::service::{self, Operation, Service};
use crate::sim::Turn;

/// Carries a request from its signature to its answer. Nothing changes when it is refused.
pub(super) fn handle(cloud: &mut Cloud, turn: &mut Turn<'_>, call: &Call) -> Answer {
    let (service, operation) = find(call)?;
    let caller = authenticate(cloud, call)?;
    let scope = Scope { cloud, caller: &caller, region: &call.region, service: service.name };
    for need in needs(&scope, service, operation, call) {
        authorize(&scope, call, &need)?;
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

fn needs(scope: &Scope<'_>, service: &Service, operation: &Operation, call: &Call) -> Vec<Need> {
    match operation.needs {
        Some(needs) => needs(scope, &call.params),
        None => vec![Need::new(format!("{}:{}", service.prefix, operation.name), "*")],
    }
}

/// Whose signature it is.
fn authenticate(cloud: &Cloud, call: &Call) -> Result<Principal, Error> {
    let account = &cloud.settings().account;
    match &call.caller {
        Caller::Keys { access_key_id } => Ok(Principal {
            kind: PrincipalKind::Root,
            account: account.clone(),
            arn: format!("arn:aws:iam::{account}:root").into(),
            id: account.clone(),
            entity: None,
            access_key_id: Some(access_key_id.clone()),
        }),
        Caller::Service { name, account, .. } => Ok(Principal {
            kind: PrincipalKind::Service,
            account: account.clone(),
            arn: name.clone(),
            id: name.clone(),
            entity: None,
            access_key_id: None,
        }),
        Caller::Anonymous => Err(Error::new("MissingAuthenticationToken", "Request is missing Authentication Token")),
    }
}

/// Whether IAM allows it. Root and services in their own name are not asked.
fn authorize(_scope: &Scope<'_>, _call: &Call, _need: &Need) -> Result<(), Error> {
    Ok(())
}
