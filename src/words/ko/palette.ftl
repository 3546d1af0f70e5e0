# 명령 팔레트.

palette = 할 수 있는 모든 것
palette-open = 찾아서 하기
palette-find = 하고 싶은 일을 적어 보세요
palette-none = “{ $query }”에 맞는 것이 없어요.
palette-count = { NUMBER($count) }개
palette-keys-choose = 고르기
palette-keys-do = 하기
palette-keys-close = 닫기
palette-breaking = 망가뜨릴 것, 되살릴 것
palette-breaking-find = 무엇을 망가뜨릴지 적어 보세요

palette-mend = 되살리기
palette-time = 시간
palette-lens = 렌즈
palette-step = 단계
palette-file = 파일
palette-break = 망가뜨리기
palette-object = 오브젝트
palette-lesson = 레슨
palette-term = 용어
palette-page = 화면

palette-undo = 마지막으로 망가뜨리기 직전으로 돌아가기
palette-course = 과정 지도 열기
palette-present = 이 과를 발표 화면으로 보기
palette-share = 지금 이 순간을 링크로 나누기
palette-theme = 종이와 청사진 바꾸기
palette-explain-on = 도구가 한 말 풀이하기
palette-explain-off = 도구가 한 말 풀이하지 않기
palette-apply-on = 파일을 저절로 적용하기
palette-apply-off = 파일을 손으로만 적용하기

same-as = 터미널에서는 이렇게 해요
same-copied = 복사했어요
break-menu = 망가뜨리기
