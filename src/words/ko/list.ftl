# 목록 렌즈, 클라우드 리소스 살펴보기.

list-cluster = 클러스터
list-system = 클러스터 자체 구성
list-cloud = 클라우드
list-filter = 걸러 보기
list-filter-hint = 종류, 이름, 네임스페이스, ID
list-parts-shown = 보여 줄 것
list-count = { NUMBER($all) }개 중 { NUMBER($shown) }개
list-none = 맞는 것이 없어요.
list-more = 더 있어요. 걸러서 보세요.

resource-about = { $place }의 { $kind }
resource-global = 모든 리전
resource-properties = 속성
resource-ties = 연결
resource-refers = 가리키는 것
resource-referred = 이것을 가리키는 것
