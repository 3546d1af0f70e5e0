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
