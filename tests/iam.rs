//! IAM in a world: who gets in, what they are refused, and what the Access lens says of it.

use drydock::aws::api::Answer;
use drydock::aws::iam::access;
use drydock::document::Value;
use drydock::session::{Msg, Session};
use drydock::sim::secs;
use drydock::tree;
use drydock::view::access::{Ask, Fit, Standing, answer, has_something, view};
use drydock::words::Lang;
use drydock::world::{Call, FIRST_ACCESS_KEY, Preset, World};

/// A world in which calls are made with one key or another.
struct Account {
    world: World,
}

impl Account {
    fn new() -> Self {
        Self { world: World::new(&Preset::empty(), 7) }
    }

    fn call_with(&mut self, key: &str, service: &str, action: &str, params: Value) -> Answer {
        self.world.call(&"you".into(), &Call::new(key, "ap-northeast-2", service, action, params))
    }

    fn iam(&mut self, action: &str, params: Value) -> Value {
        self.call_with(FIRST_ACCESS_KEY, "iam", action, params).expect("the account itself may")
    }

    /// A user with a key.
    fn user(&mut self, name: &str) -> String {
        self.iam("CreateUser", tree!({ "UserName": name }));
        let made = self.iam("CreateAccessKey", tree!({ "UserName": name }));
        made.str_at(&["AccessKey", "AccessKeyId"]).to_owned()
    }

    fn allow(&mut self, user: &str, action: &str) {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
        );
        self.iam("PutUserPolicy", tree!({ "UserName": user, "PolicyName": "own", "PolicyDocument": document }));
    }

    fn role(&mut self, name: &str, principal: &str) -> String {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"]}}]}}"#
        );
        let made = self.iam("CreateRole", tree!({ "RoleName": name, "AssumeRolePolicyDocument": trust }));
        made.str_at(&["Role", "Arn"]).to_owned()
    }
}

fn refused(answer: Answer) -> String {
    let error = answer.expect_err("it is refused");
    format!("{}: {}", error.code, error.message)
}

#[test]
fn a_boundary_gives_nothing_and_takes_the_rest() {
    let mut account = Account::new();
    let mina = account.user("mina");
    account.allow("mina", "iam:*");
    assert!(account.call_with(&mina, "iam", "ListUsers", Value::map()).is_ok());
    account.iam(
        "PutUserPermissionsBoundary",
        tree!({ "UserName": "mina", "PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }),
    );
    let text = refused(account.call_with(&mina, "iam", "ListUsers", Value::map()));
    assert_eq!(
        text,
        "AccessDenied: User: arn:aws:iam::111122223333:user/mina is not authorized to perform: iam:ListUsers on \
         resource: * because no permissions boundary allows the iam:ListUsers action"
    );
}

#[test]
fn a_managed_deny_is_named_by_its_arn() {
    let mut account = Account::new();
    let mina = account.user("mina");
    account.allow("mina", "*");
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:List*","Resource":"*"}]}"#;
    let made = account.iam("CreatePolicy", tree!({ "PolicyName": "quiet", "PolicyDocument": deny }));
    let arn = made.str_at(&["Policy", "Arn"]).to_owned();
    account.iam("AttachUserPolicy", tree!({ "UserName": "mina", "PolicyArn": (arn.as_str()) }));
    let text = refused(account.call_with(&mina, "iam", "ListRoles", Value::map()));
    assert!(text.ends_with(&format!("with an explicit deny in an identity-based policy: {arn}")), "{text}");
}

#[test]
fn a_session_is_bounded_by_its_policy_and_ends() {
    let mut account = Account::new();
    let mina = account.user("mina");
    let role = account.role("deployer", r#"{"AWS":"arn:aws:iam::111122223333:user/mina"}"#);
    account.iam(
        "AttachRolePolicy",
        tree!({ "RoleName": "deployer", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetRole","Resource":"*"}]}"#;
    let params = tree!({
        "RoleArn": (role.as_str()), "RoleSessionName": "mina", "Policy": policy, "DurationSeconds": 900
    });
    let session = account.call_with(&mina, "sts", "AssumeRole", params).expect("the trust policy names her");
    let key = session.str_at(&["Credentials", "AccessKeyId"]).to_owned();
    let role = tree!({ "RoleName": "deployer" });
    assert!(account.call_with(&key, "iam", "GetRole", role.clone()).is_ok());
    let text = refused(account.call_with(&key, "iam", "ListRoles", Value::map()));
    assert!(text.ends_with("because no session policy allows the iam:ListRoles action"), "{text}");
    let later = account.world.now() + secs(900);
    while !account.world.advance_to(later) {}
    let text = refused(account.call_with(&key, "iam", "GetRole", role));
    assert_eq!(text, "ExpiredToken: The security token included in the request is expired");
}

#[test]
fn only_whom_a_role_trusts_takes_it_on() {
    let mut account = Account::new();
    let (mina, yuna) = (account.user("mina"), account.user("yuna"));
    account.allow("yuna", "sts:AssumeRole");
    let role = account.role("deployer", r#"{"AWS":"arn:aws:iam::111122223333:user/mina"}"#);
    let params = tree!({ "RoleArn": (role.as_str()), "RoleSessionName": "me" });
    assert!(account.call_with(&mina, "sts", "AssumeRole", params.clone()).is_ok());
    let text = refused(account.call_with(&yuna, "sts", "AssumeRole", params.clone()));
    assert!(text.ends_with("because no role trust policy allows the sts:AssumeRole action"), "{text}");
    let text = refused(account.call_with(FIRST_ACCESS_KEY, "sts", "AssumeRole", params));
    assert_eq!(text, "AccessDenied: Roles may not be assumed by root accounts.");
}

#[test]
fn a_token_of_a_cluster_opens_a_session() {
    let mut account = Account::new();
    let issuer = "https://oidc.eks.ap-northeast-2.amazonaws.com/id/EXAMPLE";
    let host = issuer.trim_start_matches("https://");
    let provider = format!("arn:aws:iam::111122223333:oidc-provider/{host}");
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},
        "Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{host}:sub":"system:serviceaccount:shop:cart",
        "{host}:aud":"sts.amazonaws.com"}}}}}}]}}"#
    );
    let made = account.iam("CreateRole", tree!({ "RoleName": "cart", "AssumeRolePolicyDocument": trust }));
    let arn = made.str_at(&["Role", "Arn"]).to_owned();
    let ask = |account: &mut Account, subject: &str| {
        let expires = account.world.now() + secs(3600);
        let token = drydock::aws::sts::web_identity_token(issuer, subject, "sts.amazonaws.com", expires);
        let params = tree!({ "RoleArn": (arn.as_str()), "RoleSessionName": "pod", "WebIdentityToken": token });
        let mut call = Call::new("", "ap-northeast-2", "sts", "AssumeRoleWithWebIdentity", params);
        call.caller = drydock::world::Caller::Anonymous;
        account.world.call(&"pod".into(), &call)
    };
    let cart = "system:serviceaccount:shop:cart";
    let text = refused(ask(&mut account, cart));
    assert!(text.starts_with("InvalidIdentityToken: No OpenIDConnect provider found"), "{text}");
    account.iam("CreateOpenIDConnectProvider", tree!({ "Url": issuer, "ClientIDList": ["sts.amazonaws.com"] }));
    let session = ask(&mut account, cart).expect("the subject is the one that is trusted");
    assert_eq!(session.str_at(&["SubjectFromWebIdentityToken"]), cart);
    let text = refused(ask(&mut account, "system:serviceaccount:shop:other"));
    assert_eq!(text, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

#[test]
fn an_organization_bounds_its_members_and_not_its_management_account() {
    let mut account = Account::new();
    let org = |account: &mut Account, action: &str, params: Value| {
        account.call_with(FIRST_ACCESS_KEY, "organizations", action, params).expect("the management account may")
    };
    org(&mut account, "CreateOrganization", Value::map());
    let roots = org(&mut account, "ListRoots", Value::map());
    let root = roots.items_at(&["Roots"]).first().expect("a root").str_at(&["Id"]).to_owned();
    let scp = "SERVICE_CONTROL_POLICY";
    org(&mut account, "EnablePolicyType", tree!({ "RootId": (root.as_str()), "PolicyType": scp }));
    org(&mut account, "CreateAccount", tree!({ "Email": "dev@example.com", "AccountName": "dev" }));
    let later = account.world.now() + secs(120);
    while !account.world.advance_to(later) {}
    let accounts = org(&mut account, "ListAccounts", Value::map());
    let member = accounts.items_at(&["Accounts"]).iter().find(|it| it.str_at(&["Name"]) == "dev").expect("it was made");
    let member = member.str_at(&["Id"]).to_owned();
    let mina = account.user("mina");
    account.allow("mina", "*");
    let role = format!("arn:aws:iam::{member}:role/OrganizationAccountAccessRole");
    let params = tree!({ "RoleArn": role, "RoleSessionName": "mina" });
    let session =
        account.call_with(&mina, "sts", "AssumeRole", params).expect("the account trusts the management account");
    let key = session.str_at(&["Credentials", "AccessKeyId"]).to_owned();
    assert!(account.call_with(&key, "iam", "ListUsers", Value::map()).is_ok());
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}"#;
    let made =
        org(&mut account, "CreatePolicy", tree!({ "Name": "no-iam", "Description": "", "Type": scp, "Content": deny }));
    let policy = made.str_at(&["Policy", "PolicySummary", "Id"]).to_owned();
    org(&mut account, "AttachPolicy", tree!({ "PolicyId": policy, "TargetId": root }));
    let text = refused(account.call_with(&key, "iam", "ListUsers", Value::map()));
    assert!(text.ends_with("with an explicit deny in a service control policy"), "{text}");
    assert!(account.call_with(&mina, "iam", "ListUsers", Value::map()).is_ok());
}

#[test]
fn what_is_in_use_is_not_deleted() {
    let mut account = Account::new();
    account.user("mina");
    let text = refused(account.call_with(FIRST_ACCESS_KEY, "iam", "DeleteUser", tree!({ "UserName": "mina" })));
    assert_eq!(text, "DeleteConflict: Cannot delete entity, must delete access keys first.");
    account.role("node", r#"{"Service":"ec2.amazonaws.com"}"#);
    account.iam("CreateInstanceProfile", tree!({ "InstanceProfileName": "node" }));
    account.iam("AddRoleToInstanceProfile", tree!({ "InstanceProfileName": "node", "RoleName": "node" }));
    let text = refused(account.call_with(FIRST_ACCESS_KEY, "iam", "DeleteRole", tree!({ "RoleName": "node" })));
    assert_eq!(text, "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.");
    let found = access::principal_named(account.world.cloud(), "arn:aws:iam::111122223333:role/node");
    assert!(found.is_some_and(|who| &*who.arn == "arn:aws:sts::111122223333:assumed-role/node/node"));
}

fn command(session: &mut Session, line: &str) {
    session.update(Msg::Command(line.into()));
    for _ in 0..50 {
        session.update(Msg::Frame { elapsed_ms: 16 });
    }
}

#[test]
fn the_lens_shows_who_was_refused_and_why() {
    let mut session = Session::new(Lang::En);
    assert!(!has_something(&session));
    command(&mut session, "aws iam create-user --user-name mina");
    assert!(has_something(&session));
    let allow = r#"'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"Keep","Effect":"Deny","Action":"s3:Delete*","Resource":"arn:aws:s3:::invoices/*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"audit"}}}]}'"#;
    command(
        &mut session,
        &format!("aws iam put-user-policy --user-name mina --policy-name work --policy-document {allow}"),
    );
    command(&mut session, "aws iam create-access-key --user-name mina");
    command(
        &mut session,
        "aws configure set aws_access_key_id $(aws iam list-access-keys --user-name mina --query 'AccessKeyMetadata[0].AccessKeyId' --output text)",
    );
    command(&mut session, "aws iam list-users");
    let lens = view(&session);
    let refusal = lens.refusals.first().expect("the question was refused, and is remembered");
    assert_eq!((&*refusal.ask.action, &*refusal.why.key), ("iam:ListUsers", "why-iam-nothing-allows"));
    let mut ask = Ask {
        who: "arn:aws:iam::111122223333:user/mina".into(),
        action: "s3:DeleteObject".into(),
        resource: "arn:aws:s3:::invoices/7.pdf".into(),
        context: "".into(),
    };
    let denied = answer(&session, &ask).expect("mina is there");
    assert!(!denied.is_allowed);
    assert_eq!(denied.verdict.0, "access-explicit");
    let standings: Vec<Standing> = denied.cards.iter().map(|card| card.standing).collect();
    assert_eq!(standings, [Standing::Matches, Standing::Decides]);
    ask.context = "aws:PrincipalTag/team=audit".into();
    let allowed = answer(&session, &ask).expect("mina is there");
    assert!(allowed.is_allowed && allowed.cure.is_none());
    let missed = allowed.cards.last().expect("the deny is still shown");
    let fits: Vec<Fit> = missed.rows.iter().map(|row| row.fit).collect();
    assert_eq!(fits, [Fit::Fits, Fit::Fits, Fit::Stops]);
}
