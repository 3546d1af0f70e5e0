# Access 렌즈: 누가 무엇을 할 수 있나. 부호는 `src/view/access.rs`와 `src/aws/iam/`에서 와요.

access-label = 누가 무엇을 할 수 있나
access-question = { $who }{ JOSA($who, "은/는") } { $action }{ JOSA($action, "을/를") } 부를 수 있나요?

access-who = 누가
access-policies = 어떤 정책으로
access-what = 무엇을
access-user = 사용자
access-role = 역할
access-session = 세션
access-root = 계정 자신
access-service = 서비스
access-assumes = 맡은 역할

access-statement = { $sid ->
    [none] { $policy }, { NUMBER($number) }번 문장
   *[other] { $policy }, { NUMBER($number) }번 문장 { $sid }
}
access-source-identity = 자격 증명 정책
access-source-boundary = 권한 경계
access-source-session = 세션 정책
access-source-resource = 리소스 자신의 정책
access-source-scp = 서비스 제어 정책
access-source-rcp = 리소스 제어 정책
access-decides = 결정해요
access-matches = 맞아요
access-no-match = 해당 없음
access-more = 이 요청과 상관없는 문장이 { NUMBER($more) }개 더 있어요
access-no-statements = 붙어 있는 정책이 없어요.
access-fits = 맞음
access-stops = 맞지 않음
access-not-asked = 묻지 않음
access-seen = 요청의 값은 { $value }
access-absent = 요청에 이 키가 없어요
access-unresolved = 여기서는 { $key }에 값이 없어요

access-explicit = 명시적 거부가 이겨요
access-implicit = 허용하는 것이 없어요
access-allowed = 허용
access-root-may = 계정 자신에게는 정책이 필요 없어요.
access-nothing-identity = 가진 정책 가운데 허용하는 것이 없어요.
access-nothing-resource = 리소스 자신의 정책이 들여보내지 않아요.
access-nothing-boundary = 권한 경계가 거기까지 닿지 않아요.
access-nothing-session = 이 세션의 정책이 거기까지 닿지 않아요.
access-nothing-scp = 조직의 { $level } 단계에서 허용하지 않아요.

access-order = 평가 순서
access-gate-deny = 명시적 거부?
access-gate-scp = 조직이 허용?
access-gate-resource = 리소스 자신의 정책?
access-gate-identity = 가진 정책이 허용?
access-gate-boundary = 권한 경계 안?
access-gate-session = 세션 정책 안?
access-gate-yes = 예
access-gate-no = 아니요
access-gate-yes-denied = 예: 거부, 여기서 끝
access-gate-no-denied = 아니요: 거부, 여기서 끝
access-gate-not-asked = 묻지 않음
access-gate-not-needed = 필요 없음

access-cure = 무엇이 있으면 통과할까요
access-cure-identity = 가진 정책에 { $resource }에 대한 { $action }{ JOSA($action, "을/를") } Allow 하는 문장이 있으면 돼요.
access-cure-resource = 리소스 자신의 정책에 이 주체를 Principal로 적은 문장이 있으면 돼요.
access-cure-boundary = 권한 경계도 { $action }{ JOSA($action, "을/를") } 허용해야 해요. 경계는 스스로 권한을 주지 않아요.
access-cure-session = 그 정책이 없는 세션이거나, { $action }{ JOSA($action, "을/를") } 허용하는 세션 정책이면 돼요.
access-cure-scp = 조직의 모든 단계에 { $action }{ JOSA($action, "을/를") } 허용하는 정책이 있어야 해요.
access-cure-deny = { $policy }의 { NUMBER($number) }번 문장이 이 요청에 해당하지 않아야만 해요. 어떤 Allow도 이 거부를 넘지 못해요.

access-try = 물어보기
access-form-who = 누가
access-form-action = 동작
access-form-resource = 리소스
access-form-context = 조건 키
access-form-context-hint = aws:SourceIp=203.0.113.9, aws:MultiFactorAuthPresent=true
access-ask = IAM에 묻기
access-nobody = 이 ARN을 가진 주체가 없어요.
access-refusals = 거절된 요청
access-no-refusals = 아직 거절된 요청이 없어요.
access-why = 왜?

# 기록 속의 까닭
why-iam-explicit-deny = { $resource }에 대한 { $action }: { $policy }의 { NUMBER($statement) }번 문장이 거부해요. 거부는 어떤 허용보다 먼저예요.
why-iam-nothing-allows = { $resource }에 대한 { $action }: { $source ->
    [boundary] 권한 경계가 허용하지 않아요.
    [session] 세션 정책이 허용하지 않아요.
    [scp] 조직이 허용하지 않아요.
    [resource] 리소스 자신의 정책이 들여보내지 않아요.
   *[identity] 가진 정책 가운데 허용하는 것이 없어요.
}
