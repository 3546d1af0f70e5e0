# 글의 문제. 코드와 인자: src/document/problem.rs.

document-text-too-long = 글이 { $size }바이트예요. { $limit }바이트까지 읽을 수 있어요.
document-too-deep = { $limit }단계보다 깊이 들어가 있어요.
document-too-many-aliases = 별칭(alias)이 복사하는 값이 모두 { $limit }개를 넘어요.
document-control-character = YAML에는 { $code } 문자를 쓸 수 없어요.
document-separator = --- 뒤에는 주석만 올 수 있어요: { $text }
document-tab = YAML은 공백으로 들여써요. 여기는 탭이에요.
document-unclosed-quote = 이 따옴표를 닫지 않았어요.
document-unclosed-bracket = 이 { $open } 괄호를 닫지 않았어요.
document-flow-separator = 여기에는 쉼표나 { $close }{ JOSA($close, "이/가") } 와야 해요.
document-unexpected-colon = 한 줄에 키가 두 개예요. 콜론이 든 글자는 따옴표로 감싸세요.
document-missing-colon = 키 뒤에 콜론(:)이 있어야 해요.
document-unexpected-dash = 목록은 키 아래 새 줄에서 시작해요.
document-unexpected-text = 닫는 따옴표 뒤에는 아무것도 올 수 없어요.
document-indentation = 들여쓰기가 이웃한 줄과 달라요.
document-unknown-escape = 큰따옴표 안에서 쓸 수 없는 이스케이프예요.
document-character = { $character }{ JOSA($character, "으로/로") } 시작하는 글자는 따옴표로 감싸세요.
document-unknown-alias = 위에 &{ $name } 앵커가 없어요.
document-endless-alias = &{ $name } 앵커가 자기 자신을 담게 돼요.
document-merge-needs-mapping = << 에는 매핑이나 매핑의 목록이 와요.
document-key-not-text = 키는 글자여야 해요.
document-tag-mismatch = { $text }{ JOSA($text, "은/는") } { $tag }{ JOSA($tag, "이/가") } 아니에요.
document-not-a-number = { $text }{ JOSA($text, "은/는") } 저장할 수 있는 수가 아니에요.
document-directive = %로 시작하는 줄은 읽지 않아요. 지워 주세요.
document-json-truncated = JSON이 중간에 끊겼어요.
document-syntax = 여기가 YAML 문법에 맞지 않아요.
document-duplicate-key = { $key } 키가 { $line }행에도 있어요. 뒤에 쓴 이 값이 적용돼요.
document-text-ignored = 여기부터는 읽지 않아요. 들여쓰기가 위와 같은지 확인해 보세요.

document-unknown-field = { $type }에는 { $field } 필드가 없어요.
document-unknown-field-near = { $type }에는 { $field } 필드가 없어요. { $nearest }인가요?
document-wrong-type =
    { $field }에는 { $expected ->
        [string] 문자열
        [integer] 정수
        [number] 수
        [boolean] true나 false
        [array] 목록
        [object] 매핑
        [quantity] 500m, 64Mi 같은 수량
        [int-or-string] 정수나 문자열
       *[other] { $expected }
    } 값이 와야 해요. 지금은 { $found ->
        [string] 문자열
        [number] 수
        [bool] true/false
        [array] 목록
        [object] 매핑
       *[other] { $found }
    }이에요.
document-unknown-value = { $field } 값은 { $allowed } 중 하나예요: { $value }
document-unknown-value-near = { $field } 값은 { $allowed } 중 하나예요. { $nearest }인가요?
document-missing-field = { $type }에는 { $field } 필드가 있어야 해요.
document-missing-kind = 어떤 오브젝트인지 알 수 없어요. kind가 필요해요.
document-missing-api-version = apiVersion이 필요해요.
document-unknown-kind = 이 클러스터에는 { $version }의 { $kind } 종류가 없어요.
document-unknown-kind-near = 이 클러스터에는 { $kind } 종류가 없어요. { $nearest }인가요?
document-wrong-api-version = { $kind }{ JOSA($kind, "은/는") } { $version }에 없고 { $nearest }에 있어요.
document-not-an-object = 오브젝트는 apiVersion과 kind로 시작하는 매핑이에요.
document-bad-quantity = { $value }{ JOSA($value, "은/는") } 수량이 아니에요. 수량은 2, 500m, 64Mi처럼 써요.
document-bad-base64 = { $field }에는 base64로 인코딩한 값이 와요. 일반 글자는 stringData에 쓰세요.
document-small-memory = { $value }{ JOSA($value, "은/는") } { $bytes }바이트예요. { $nearest }{ JOSA($nearest, "을/를") } 쓰세요.
document-large-cpu = CPU { $value }개는 어떤 머신보다도 커요. { $nearest }{ JOSA($nearest, "은/는") } 1000분의 1이에요.
document-only-stored = { $field }{ JOSA($field, "은/는") } 시뮬레이션이 저장만 하고, 그에 따라 움직이지는 않아요.

document-policy-action-letters = 액션 이름에는 글자, 숫자, *, ?, -만 써요. { $word }에 다른 것이 있어요. AWS: { $message }
document-policy-action-without-vendor = 액션은 서비스 이름과 콜론으로 시작해요: s3:GetObject. { $word }{ JOSA($word, "은/는") } 어느 서비스 것인지 알 수 없어요. AWS: { $message }
document-policy-bare-wildcard = * 하나만 있어요. 액션은 * 또는 서비스:이름이에요. AWS: { $message }
document-policy-either-or = 한 문장에는 둘 중 하나만 써요. { $word }{ JOSA($word, "이나/나") } 그 짝을 지워 주세요. AWS: { $message }
document-policy-empty-list = { $word } 목록이 비어 있어요. 무언가 있어야 해요. AWS: { $message }
document-policy-iam-path = IAM의 ARN은 가리키는 것으로 끝나요: user/…, role/…, group/…, policy/…. { $word }{ JOSA($word, "은/는") } 그렇지 않아요. AWS: { $message }
document-policy-key-without-vendor = 조건 키는 서비스 이름으로 시작해요: aws:username, s3:prefix. { $word }에는 콜론이 없어요. AWS: { $message }
document-policy-missing-element = 이 문장에 { $word }{ JOSA($word, "이/가") } 없어요. AWS: { $message }
document-policy-not-a-date = { $word }{ JOSA($word, "은/는") } 날짜가 아니에요. 2026-12-01T00:00:00Z처럼 써요. AWS: { $message }
document-policy-not-a-statement = 문장은 Effect, Action, Resource가 든 매핑이에요. AWS: { $message }
document-policy-not-a-string = 여기에는 글자나 글자의 목록이 와요. AWS: { $message }
document-policy-not-an-object = 여기에는 중괄호로 묶은 매핑이 와요. AWS: { $message }
document-policy-old-version = Version은 2012-10-17이어야 해요. 정책 언어의 버전이지 작성한 날짜가 아니에요. AWS: { $message }
document-policy-only-deny = 리소스 제어 정책은 거부만 할 수 있어요. Effect는 Deny여야 해요. AWS: { $message }
document-policy-only-everybody = 여기서 Principal은 "*"여야 해요. 모두에 대한 정책이니까요. AWS: { $message }
document-policy-principal-form = Principal은 "*"이거나 AWS, Service, Federated, CanonicalUser 중 하나가 든 매핑이에요. AWS: { $message }
document-policy-principal-name = { $word }{ JOSA($word, "은/는") } 있을 수 없는 주체예요. 계정, 사용자나 역할의 ARN, ec2.amazonaws.com 같은 서비스를 써요. AWS: { $message }
document-policy-principal-sort =
    { $word }{ JOSA($word, "은/는") } 주체의 종류가 아니에요. AWS, Service, Federated, CanonicalUser가 있어요. AWS: { $message }
document-policy-prohibited-element = 이 종류의 정책에는 { $word }{ JOSA($word, "을/를") } 쓸 수 없어요. 누구를 위한 것인지는 어디에 붙이느냐로 정해져요. AWS: { $message }
document-policy-resource-form = { $word }{ JOSA($word, "은/는") } ARN이 아니에요. 리소스는 * 또는 arn:aws:서비스:리전:계정:이름이에요. AWS: { $message }
document-policy-resource-region = 이 서비스의 ARN에는 리전이 없어요. 그 자리에는 콜론 두 개가 이어져요. AWS: { $message }
document-policy-sid-letters = Sid에는 글자와 숫자만 써요. { $word }에 다른 것이 있어요. AWS: { $message }
document-policy-sid-twice = { $word }{ JOSA($word, "이라는/라는") } 이름의 문장이 이미 있어요. AWS: { $message }
document-policy-trust-action = 신뢰 정책은 역할을 맡는 것만 허용해요: sts:AssumeRole과 그 형제들이에요. { $word }{ JOSA($word, "은/는") } 역할에 붙이는 정책에 써요. AWS: { $message }
document-policy-two-colons = 액션에는 콜론이 하나예요: 서비스:이름. { $word }에는 더 있어요. AWS: { $message }
document-policy-unknown-effect = Effect는 Allow나 Deny이고 대소문자까지 같아야 해요. 지금은 { $word }예요. AWS: { $message }
document-policy-unknown-element =
    여기에 { $word } 요소는 없어요. AWS: { $message }
document-policy-unknown-operator =
    { $word }{ JOSA($word, "은/는") } 조건 연산자가 아니에요. AWS: { $message }
document-policy-unknown-vendor = { $word }{ JOSA($word, "은/는") } 서비스일 수 없어요. s3, ec2처럼 접두사를 그대로 써요. AWS: { $message }
document-policy-unknown-version = Version은 2012-10-17이에요(옛 언어는 2008-10-17). { $word }{ JOSA($word, "은/는") } 둘 다 아니에요. AWS: { $message }
