# 클라우드의 클러스터: 컨트롤 플레인과 노드가 되려는 인스턴스. 코드와 인자는 `src/aws/eks/`와
# `src/world/bridge/`에서 와요.

why-eks-active = 컨트롤 플레인이 준비됐어요: 세 가용 영역에 etcd 멤버 셋, API 서버 둘이에요.
why-eks-member-detected = { $zone }의 { $member }{ JOSA($member, "이/가") } 멈춘 것을 EKS가 알아채고 교체하고 있어요.
why-eks-member-replaced = EKS가 { $member }{ JOSA($member, "을/를") } 교체했어요. 이제 { $zone }에서 돌아요.
why-eks-updated = 업데이트가 끝났어요: { $type }.
why-eks-plane = 컨트롤 플레인의 멤버가 여럿 멈추거나 돌아와서 바뀌었어요.
why-eks-node-joined = { $instance }{ JOSA($instance, "이/가") } 노드로 클러스터에 들어왔어요.
why-eks-nodes-failed = { $code }: { $message }
why-node-joined = 엔드포인트가 답했고 역할도 매핑되어 있어서 이제 노드 { $node }예요.
why-node-no-role = 역할이 담긴 인스턴스 프로파일이 없어서 자기가 누구인지 말할 수 없어요.
why-node-no-cluster = 그 엔드포인트를 가진 클러스터 { $cluster }{ JOSA($cluster, "이/가") } 없어요. 사용자 데이터의 이름이 맞나요?
why-node-cluster-not-ready = { $cluster }의 컨트롤 플레인이 아직 ACTIVE가 아니에요.
why-node-no-route = 클러스터 엔드포인트에 닿지 못해요. 패킷이 { $hop } { $component }에서 멈춰요.
why-node-no-route-eks = 엔드포인트를 물어볼 EKS API에 닿지 못해요. 패킷이 { $hop } { $component }에서 멈춰요.
why-signal-no-route = cfn-signal이 CloudFormation에 닿지 못해요. 패킷이 { $hop } { $component }에서 멈춰요. 스택은 오지 않을 신호를 기다려요.
why-node-endpoint-private = 엔드포인트가 프라이빗인데 인스턴스는 { $vpc }{ JOSA($vpc, "이/가") } 아닌 네트워크에 있어요.
why-node-no-private-dns = 엔드포인트가 프라이빗인데 { $vpc }에서 이름을 찾지 못해요: DNS 호스트 이름이나 DNS 확인이 꺼져 있어요.
why-node-not-in-cidrs = 엔드포인트는 목록에 있는 주소에만 답하는데 { $address }에서 왔어요.
why-node-role-denied = 노드가 들어오기 전에 하는 { $action }{ JOSA($action, "을/를") } 역할 { $role }{ JOSA($role, "이/가") } 할 수 없어요.
why-node-not-mapped = { $fault ->
    [no-entry] 클러스터가 역할 { $role }{ JOSA($role, "을/를") } 몰라요: EC2_LINUX 유형의 액세스 항목이 없어요.
    [groups] aws-auth에 역할 { $role }{ JOSA($role, "이/가") } 있지만 system:bootstrappers와 system:nodes 그룹이 없어요.
    [username] aws-auth에 역할 { $role }{ JOSA($role, "이/가") } 있지만 사용자 이름이 system:node:로 시작하지 않아요.
   *[other] 클러스터가 역할 { $role }{ JOSA($role, "을/를") } 몰라요: aws-auth에 행이 없어요.
}
why-instance-gone = 인스턴스가 멈추거나 종료됐어요.
why-flaw-published = kube-apiserver의 결함이 알려졌고, 패치도 함께 나왔어요.
why-plane-struck = 누군가 알려진 결함을 썼어요. API 서버에 패치를 해 둔 사람이 없었어요.
why-plane-patching = 컨트롤 플레인에 패치하는 중이에요. 그동안 API 서버는 내려가 있어요.
why-plane-patched = 패치가 끝났고 컨트롤 플레인이 다시 대답해요.
why-eks-member-patching = EKS가 { $member }{ JOSA($member, "을/를") } 패치된 것으로 바꾸고 있어요. 다른 하나가 대답하고 있어요.
why-eks-patched = EKS가 모든 API 서버에 패치했어요. 플랫폼 버전은 { $version }이에요.
why-node-chosen = 스케줄러가 { $node }{ JOSA($node, "을/를") } 골랐어요. 볼륨은 그 노드가 닿는 곳에 만들어야 해요.
why-cloud-says = { $message }

# 지도
plane-name = EKS 컨트롤 플레인 { $name }
plane-replaced = 교체 { NUMBER($count) }번
plane-outside = { $instance }{ JOSA($instance, "은/는") } 노드가 아니에요

# "Create cluster", 콘솔의 양식처럼
create-open = 클러스터 만들기
create-title = 클러스터 만들기
create-name = 이름
create-role = 클러스터 IAM 역할
create-no-role = EKS가 입을 수 있는 역할이 없어요
create-version = 쿠버네티스 버전
create-default = EKS의 기본값
create-subnets = 서브넷
create-two-zones = EKS는 적어도 두 영역의 서브넷이 필요해요.
create-endpoint = 클러스터 엔드포인트 접근
create-public = 퍼블릭
create-both = 퍼블릭과 프라이빗
create-private = 프라이빗
create-runs = 이 양식은 아래 명령을 실행해요
create-run = 만들기
create-lacks-name = 이름이 필요해요.
create-lacks-role = eks.amazonaws.com을 신뢰하는 역할이 필요해요.
create-lacks-subnet = 서브넷이 필요해요.

# 돈
bill-title = 드는 돈
bill-total = 지금까지 { $dollars }
bill-open = 시간당 { $hour }, 지금까지 { $total }
bill-what = 돌고 있는 것
bill-count = 개수
bill-hour = 시간당
bill-sum = 모두
bill-note = 서울 리전의 온디맨드 정가예요. 시뮬레이션의 시간으로 세고, 데이터 전송과 요청 요금은 빠져 있어요. 이름 아래에 값을 확인할 페이지가 적혀 있어요.
bill-instance = 인스턴스
bill-volume = 볼륨
bill-nat-gateway = NAT 게이트웨이
bill-public-address = 퍼블릭 IPv4 주소
bill-interface-endpoint = 인터페이스 엔드포인트
bill-application-load-balancer = Application Load Balancer
bill-network-load-balancer = Network Load Balancer
bill-classic-load-balancer = Classic Load Balancer
bill-eks-cluster = EKS 컨트롤 플레인
bill-eks-cluster-extended = EKS 컨트롤 플레인, 연장 지원

# 이사하기
move-open = 이사하기
move-title = 이사하기
move-from = { $cluster }에서 옮길 때 바뀌는 것
move-to = { $cluster }{ JOSA($cluster, "으로/로") }
move-nothing = 없어요. 이 파일들은 그대로 거기서도 돌아요.

# EKS가 불평할 때 그 아래에
advice-web-identity = 역할이 이 서비스 어카운트를 신뢰하지 않아요. 신뢰 정책의 sub와 aud를 Pod의 네임스페이스와 서비스 어카운트에 견주어 보세요.
advice-oidc-provider = IAM이 아직 클러스터의 발급자를 몰라요. aws iam create-open-id-connect-provider로 알려 주세요.
advice-pod-identity-agent = 169.254.170.23에서 아무도 대답하지 않아요. 애드온 eks-pod-identity-agent가 설치되어 있고, 그 Pod가 이 노드에서 돌고 있나요?
advice-eks-unauthorized = 클러스터가 이 IAM 신원을 몰라요. aws sts get-caller-identity가 말하는 역할이나 사용자에게 접근 항목이나 aws-auth의 행이 필요해요.

# 왜
why-no-address = 남은 주소가 없어요. CNI 플러그인은 노드가 있는 서브넷의 주소를 인스턴스 유형의 인터페이스가 담는 만큼만 Pod에 줘요.
