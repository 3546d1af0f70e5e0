# The Access lens: who may do what. Codes come from `src/view/access.rs` and `src/aws/iam/`.

access-label = Who may do what
access-question = May { $who } call { $action }?

access-who = who
access-policies = which policies
access-what = what
access-user = user
access-role = role
access-session = session
access-root = the account itself
access-service = service
access-assumes = has taken on

access-statement = { $sid ->
    [none] { $policy }, statement { NUMBER($number) }
   *[other] { $policy }, statement { NUMBER($number) } { $sid }
}
access-source-identity = identity policy
access-source-boundary = permissions boundary
access-source-session = session policy
access-source-resource = the resource’s own policy
access-source-scp = service control policy
access-source-rcp = resource control policy
access-decides = decides
access-matches = matches
access-no-match = no match
access-more = { $more ->
    [one] { NUMBER($more) } more statement does not speak of it
   *[other] { NUMBER($more) } more statements do not speak of it
}
access-no-statements = No policy is attached.
access-fits = fits
access-stops = does not fit
access-not-asked = not asked
access-seen = the request has { $value }
access-absent = the request has no such key
access-unresolved = { $key } has no value here

access-explicit = An explicit deny wins
access-implicit = Nothing allows it
access-allowed = Allowed
access-root-may = The account itself needs no policy.
access-nothing-identity = None of its own policies allows it.
access-nothing-resource = The resource’s own policy does not let it in.
access-nothing-boundary = Its permissions boundary does not reach that far.
access-nothing-session = The policy of this session does not reach that far.
access-nothing-scp = The organization does not allow it at the level { $level }.

access-order = order of evaluation
access-gate-deny = explicit deny?
access-gate-scp = organization allows?
access-gate-resource = resource’s own policy?
access-gate-identity = own policies allow?
access-gate-boundary = within the boundary?
access-gate-session = within the session policy?
access-gate-yes = yes
access-gate-no = no
access-gate-yes-denied = yes: denied, stop here
access-gate-no-denied = no: denied, stop here
access-gate-not-asked = not asked
access-gate-not-needed = not needed

access-cure = What would let it through
access-cure-identity = A statement with Effect Allow for { $action } on { $resource }, in a policy of theirs.
access-cure-resource = A statement in the resource’s own policy that names them as Principal.
access-cure-boundary = A permissions boundary that allows { $action } too. The boundary gives nothing by itself.
access-cure-session = A session without that policy, or with one that allows { $action }.
access-cure-scp = A policy at every level of the organization that allows { $action }.
access-cure-deny = Only when statement { NUMBER($number) } of { $policy } no longer speaks of this request. No allow outweighs it.

access-try = Try it
access-form-who = Who
access-form-action = Action
access-form-resource = Resource
access-form-context = Condition keys
access-form-context-hint = aws:SourceIp=203.0.113.9, aws:MultiFactorAuthPresent=true
access-ask = Ask IAM
access-nobody = Nobody has this ARN.
access-refusals = What was refused
access-no-refusals = Nothing has been refused yet.
access-why = Why?

# Why, in the history
why-iam-explicit-deny = { $action } on { $resource }: statement { NUMBER($statement) } of { $policy } denies it, and a deny wins over any allow.
why-iam-nothing-allows = { $action } on { $resource }: { $source ->
    [boundary] the permissions boundary does not allow it.
    [session] the session policy does not allow it.
    [scp] the organization does not allow it.
    [resource] the resource’s own policy does not let it in.
   *[identity] no policy of theirs allows it.
}
