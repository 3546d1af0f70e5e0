# 탭 밖으로 나가는 길: 나누기, 끼워 넣기, 가르치기. 그리고 과정 지도.

# 이 순간의 링크
share-title = 이 순간의 링크
share-what = 파일과 지금까지 한 일, 서 있는 시각이 모두 링크 안에 들어 있어요. 어디로도 보내지 않아요.
share-copied = 복사했어요. 여는 사람은 바로 이 순간에 서요.
share-copy-yourself = 이 브라우저에서는 페이지가 대신 복사할 수 없어요. 칸이 선택돼 있으니 Ctrl+C로 복사하세요.
share-embed = 다른 페이지에 끼워 넣기
share-embed-what = 살아 있는 클러스터를 블로그 글이나 강의 자료에 넣어요. 계정도 쿠키도 저장소도 필요 없어요.
share-print = 이 과 인쇄하기

# 남이 준 링크
story-refused = 이 링크는 열지 못했어요
story-broken = 중간에 잘렸거나 바뀐 링크예요. 아무것도 하지 않았으니, 다시 받아 보세요.
story-too-large = 링크 하나에 담을 수 있는 것보다 커요. 아무것도 하지 않았어요.
story-newer = 더 새로운 Drydock에서 만든 링크예요. 아무것도 하지 않았어요. 새로 고치면 새 버전이 있을지도 몰라요.
story-no-lesson = 여기에 없거나 가져오지 못한 과의 링크예요. 아무것도 하지 않았어요.
story-go-on = 이 링크 없이 계속하기

# 과정 지도
course-map = 과정 지도
course-all = 모든 과
course-chosen = 선생님이 고른 과를 고른 순서대로 보여 드려요.
course-of = / { NUMBER($all) }과
course-through = 끝까지 왔어요. 세계는 그대로 있으니 마음껏 더 망가뜨려 보세요.
course-needs = 바탕이 되는 과: { $lessons }
course-needs-nothing = 먼저 볼 과가 없어요
course-any = 어디서 시작해도 괜찮아요. 바탕이 되는 과를 알려 줄 뿐, 잠긴 과는 없어요.
course-here = 지금 열려 있음
course-to-do = 아직 안 함
course-imported = 파일에 적힌 진도를 여기에도 옮겼어요.
course-imported-nothing = 이 파일에는 더할 것이 없어요.

# 선생님의 링크
teach-title = 수업용 링크 만들기
teach-what = 링크를 여는 사람은 고른 과를 고른 순서대로 봐요. 모든 것이 주소 안에만 있어서 계정도 없고, 지켜보는 사람도 없어요.
teach-lessons = 과를 고른 순서대로 (고르지 않으면 전부)
teach-language = 언어
teach-as-lesson = 과에 맡기기
teach-break = 일부러 망가뜨릴 수 있게
teach-present = 발표 화면으로 열기
teach-link = 링크

# 여러 사람 앞에서
present-back = 뒤로
present-forward = 앞으로
present-play = 재생
present-step = 한 걸음
present-lens = 렌즈
present-spot = 조명
present-freeze = 화면 멈춤
present-blank = 가리기
present-leave = 나가기
present-frozen = 화면이 멈춰 있어요
present-uncover = 가린 것 걷기
present-follow = 내 화면에서 따라 하기
present-same = 같은 씨앗, 같은 세계에서 시작해요
present-code = 이 과의 주소가 담긴 코드
