# 쓰기 칸이 스스로 찾은 문제. 글 자체의 문제는 document.ftl에 있어요.

document-duplicate-object = { $kind } { $name }{ JOSA($name, "이/가") } 두 번 적혀 있어요. 이름 하나에 바람도 하나예요.
document-refused = API 서버가 받아 주지 않았어요: { $message }
