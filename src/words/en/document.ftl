# Problems in a text. Codes and arguments: src/document/problem.rs.

document-text-too-long = This text has { $size } bytes. At most { $limit } can be read.
document-too-deep = More than { $limit } levels inside one another.
document-too-many-aliases = The aliases copy more than { $limit } values in all.
document-control-character = The character { $code } may not stand in YAML.
document-separator = Only a comment may follow ---. Found: { $text }
document-tab = YAML is indented with spaces. This is a tab.
document-unclosed-quote = This quote is never closed.
document-unclosed-bracket = This { $open } is never closed.
document-flow-separator = A comma or { $close } belongs here.
document-unexpected-colon = A second key on one line. Text with a colon needs quotes.
document-missing-colon = A key needs a colon behind it.
document-unexpected-dash = A list begins on its own line, below its key.
document-unexpected-text = Nothing may follow the closing quote.
document-indentation = This line is not indented like the lines beside it.
document-unknown-escape = Text in double quotes does not know this escape.
document-character = Text that begins with { $character } needs quotes.
document-unknown-alias = No anchor &{ $name } stands above.
document-endless-alias = The anchor &{ $name } would contain itself.
document-merge-needs-mapping = << takes a mapping or a list of mappings.
document-key-not-text = A key is text.
document-tag-mismatch = { $text } is no { $tag }.
document-not-a-number = { $text } is no number that can be stored.
document-directive = Lines that begin with % are not read. Take it out.
document-json-truncated = The JSON ends too early.
document-syntax = This is not YAML here.
document-duplicate-key = { $key } also stands in line { $line }. This one counts.
document-text-ignored = Nothing from here on is read. Is it indented like the lines above?

document-unknown-field = { $type } has no field { $field }.
document-unknown-field-near = { $type } has no field { $field }. Did you mean { $nearest }?
document-wrong-type =
    { $field } takes { $expected ->
        [string] text
        [integer] a whole number
        [number] a number
        [boolean] true or false
        [array] a list
        [object] a mapping
        [quantity] a quantity such as 500m or 64Mi
        [int-or-string] a whole number or text
       *[other] { $expected }
    }. This is { $found ->
        [string] text
        [number] a number
        [bool] true or false
        [array] a list
        [object] a mapping
       *[other] { $found }
    }.
document-unknown-value = { $field } is one of { $allowed }. Found: { $value }
document-unknown-value-near = { $field } is one of { $allowed }. Did you mean { $nearest }?
document-missing-field = { $type } needs { $field }.
document-missing-kind = Which kind of object is it? kind is missing.
document-missing-api-version = apiVersion is missing.
document-unknown-kind = This cluster does not know the kind { $kind } in { $version }.
document-unknown-kind-near = This cluster does not know the kind { $kind }. Did you mean { $nearest }?
document-wrong-api-version = { $kind } is not in { $version }. It is in { $nearest }.
document-not-an-object = An object is a mapping that begins with apiVersion and kind.
document-bad-quantity = { $value } is no quantity. Quantities look like 2, 500m, 64Mi.
document-bad-base64 = { $field } takes bytes in base 64. Plain text belongs into stringData.
document-small-memory = { $value } is { $bytes } bytes. Use { $nearest }.
document-large-cpu = { $value } CPUs are more than any machine has. { $nearest } is a thousandth.
document-only-stored = The simulation keeps { $field } and does not act on it.

document-policy-action-letters = An action has letters, digits, *, ? and - only. { $word } has something else. AWS: { $message }
document-policy-action-without-vendor = An action begins with its service and a colon: s3:GetObject. { $word } does not say whose it is. AWS: { $message }
document-policy-bare-wildcard = * stands alone here. An action is * or SERVICE:NAME. AWS: { $message }
document-policy-either-or = A statement has one of the two, never both. Take { $word } or its counterpart out. AWS: { $message }
document-policy-empty-list = { $word } is an empty list. Something must stand in it. AWS: { $message }
document-policy-iam-path = An ARN of IAM ends with what it names: user/…, role/…, group/…, policy/…. { $word } does not. AWS: { $message }
document-policy-key-without-vendor = A condition key begins with its service: aws:username, s3:prefix. { $word } has no colon. AWS: { $message }
document-policy-missing-element = { $word } is missing in this statement. AWS: { $message }
document-policy-not-a-date = { $word } is no date. Dates look like 2026-12-01T00:00:00Z. AWS: { $message }
document-policy-not-a-statement = A statement is a mapping with Effect, Action and Resource. AWS: { $message }
document-policy-not-a-string = Text must stand here, or a list of texts. AWS: { $message }
document-policy-not-an-object = A mapping must stand here, in braces. AWS: { $message }
document-policy-old-version = Version must be 2012-10-17. It is the language’s version and no date of yours. AWS: { $message }
document-policy-only-deny = A resource control policy can only deny: Effect must be Deny. AWS: { $message }
document-policy-only-everybody = Here Principal must be "*": this policy is about everybody. AWS: { $message }
document-policy-principal-form = Principal is "*" or a mapping: AWS, Service, Federated or CanonicalUser. AWS: { $message }
document-policy-principal-name = { $word } is nobody that can exist: an account, the ARN of a user or role, or a service such as ec2.amazonaws.com. AWS: { $message }
document-policy-principal-sort =
    { $word } is no kind of principal. There are AWS, Service, Federated and CanonicalUser. AWS: { $message }
document-policy-prohibited-element = { $word } has no place in this kind of policy. Who it is for follows from what it is attached to. AWS: { $message }
document-policy-resource-form = { $word } is no ARN. A resource is * or arn:aws:SERVICE:REGION:ACCOUNT:NAME. AWS: { $message }
document-policy-resource-region = ARNs of this service have no region: two colons follow one another there. AWS: { $message }
document-policy-sid-letters = A Sid has letters and digits only. { $word } has something else. AWS: { $message }
document-policy-sid-twice = Another statement is already called { $word }. AWS: { $message }
document-policy-trust-action = A trust policy only allows taking the role on: sts:AssumeRole and its sisters. { $word } belongs into a policy attached to the role. AWS: { $message }
document-policy-two-colons = An action has one colon: SERVICE:NAME. { $word } has more. AWS: { $message }
document-policy-unknown-effect = Effect is Allow or Deny, written just so. This says { $word }. AWS: { $message }
document-policy-unknown-element =
    There is no element { $word } here. AWS: { $message }
document-policy-unknown-operator =
    { $word } is no condition operator. AWS: { $message }
document-policy-unknown-vendor = { $word } cannot be a service: write its prefix out, such as s3 or ec2. AWS: { $message }
document-policy-unknown-version = Version is 2012-10-17 (or 2008-10-17, the old language). { $word } is neither. AWS: { $message }
