# 과정과 과: 읽기 칸.

course-title = 내 서버를 EKS에 올리기까지
course-quote = “이틀이면 될 줄 알았어요. 그런데 IAM…? VPC…? 컨트롤 플레인은 또 뭐죠?”
course-intro = 그 물음에 나온 순서대로 답해요. 한 과에 5분에서 10분, 고치고 지켜보면 끝나요.
course-done-of = { NUMBER($done) } / { NUMBER($all) }과
course-done-label = { NUMBER($all) }과 가운데 { NUMBER($done) }과를 마쳤어요
course-part-done = { NUMBER($done) } / { NUMBER($all) }
course-start = 시작하기: { $lesson }
course-continue = 이어서 하기: { $lesson }
course-left = { NUMBER($all) }단계 가운데 { NUMBER($step) }단계, { NUMBER($minutes) }분쯤 남았어요.
course-minutes = { NUMBER($minutes) }분
course-planned = 아직 짓는 중
course-export = 진도 파일로 내보내기
course-import = 진도 파일 가져오기

part-number = { NUMBER($part) }부
lesson-number = { NUMBER($part) }부, { NUMBER($lesson) }과
lesson-steps = { NUMBER($all) }단계 가운데 { NUMBER($step) }
lesson-previous = 이전
lesson-next = 다음
lesson-finish = 이 과 마치기
lesson-next-lesson = 다음 과: { $lesson }
lesson-restart = 이 단계 처음부터
lesson-restart-all = 이 과 처음부터
lesson-finished = 이 과를 마쳤어요
lesson-finished-more = 세계는 그대로 있어요. 마음껏 더 망가뜨려 보세요.
lesson-not-built = 이 과는 아직 짓는 중이에요.
lesson-not-here = 과를 가져오지 못했어요. 네트워크가 없으면 둘러보기와 이미 열어 본 과만 열 수 있어요.

check-not-yet = 아직: { $goal }
check-waiting = 세계가 잠잠해지기를 기다려요
check-passed = 됐어요: { $goal }
check-command = 확인 명령
check-again = 다시 확인

hints = 귀띔
hint-nudge = 귀띔
hint-place = 어디를 볼까요
hint-answer = 답 보기
hint-apply = 이 답대로 하기
hint-open-label = { $hint } 열기

predict = 어떻게 될까요
predict-yours = 내 짐작: { $choice }
predict-change = 다시 짐작하기

glossary = 용어집
glossary-search = 용어 찾기
glossary-none = { $query }{ JOSA($query, "은/는") } 아직 용어집에 없어요.
term-where = 처음 나오는 과: { $lesson }
