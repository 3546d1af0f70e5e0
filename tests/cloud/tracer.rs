//! The cloud as a person meets it: commands in the terminal, the map, the packet tracer, its cure.

use drydock::session::{Msg, Question, Session};
use drydock::view::tracer::{self, HopKind, LAPTOP, TraceView};
use drydock::view::{cloud, why};
use drydock::words::Lang;
use std::rc::Rc;

/// What a person types to have a VPC with a web server in a public subnet and a machine in a private one.
const TOWN: &[&str] = &[
    "VPC=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)",
    "PUB=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.1.0/24 --availability-zone ap-northeast-2a --query Subnet.SubnetId --output text)",
    "PRIV=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.2.0/24 --availability-zone ap-northeast-2c --query Subnet.SubnetId --output text)",
    "IGW=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)",
    "aws ec2 attach-internet-gateway --internet-gateway-id $IGW --vpc-id $VPC",
    "RTB=$(aws ec2 create-route-table --vpc-id $VPC --query RouteTable.RouteTableId --output text)",
    "aws ec2 create-route --route-table-id $RTB --destination-cidr-block 0.0.0.0/0 --gateway-id $IGW",
    "aws ec2 associate-route-table --route-table-id $RTB --subnet-id $PUB",
    "SG=$(aws ec2 create-security-group --group-name web --description web --vpc-id $VPC --query GroupId --output text)",
    "AMI=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 --query Parameter.Value --output text)",
    "aws ec2 run-instances --image-id $AMI --instance-type t3.micro --subnet-id $PUB --security-group-ids $SG --associate-public-ip-address --user-data 'dnf install -y httpd' --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=web-1}]' --query 'Instances[0].InstanceId'",
    "aws ec2 run-instances --image-id $AMI --instance-type t3.micro --subnet-id $PRIV --security-group-ids $SG --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=app}]' --query 'Instances[0].InstanceId'",
    "aws ec2 wait instance-running",
    "sleep 120",
];

/// Types a line and waits until it is done.
fn type_line(session: &mut Session, line: &str) {
    session.update(Msg::Command(line.into()));
    for _ in 0..400 {
        session.update(Msg::Frame { elapsed_ms: 50 });
        if !session.terminal().is_busy() {
            return;
        }
    }
    panic!("`{line}` does not end");
}

/// A session in whose cloud that town stands.
pub fn town() -> Session {
    let mut session = Session::open(Lang::En, "10-desired-state");
    session.update(Msg::SetSpeed(drydock::session::Speed::Times(100)));
    for line in TOWN {
        type_line(&mut session, line);
    }
    session
}

fn ask(session: &mut Session, from: &str, to: &str, port: u16) -> TraceView {
    let question = Question { from: from.into(), to: to.into(), protocol: "tcp".into(), port };
    session.update(Msg::Trace(Some(Rc::new(question))));
    tracer::view(session).expect("a question has an answer")
}

fn named(session: &Session, name: &str) -> Rc<str> {
    let view = cloud::view(session).expect("the cloud has a VPC");
    view.things().find(|thing| &*thing.name == name).expect("it stands there").id.clone()
}

#[test]
fn the_map_shows_what_was_made_and_what_it_costs() {
    let fresh = Session::open(Lang::En, "10-desired-state");
    assert_eq!(cloud::view(&fresh), None);
    let session = town();
    let view = cloud::view(&session).expect("the cloud has a VPC");
    let vpc = &view.vpcs[0];
    assert_eq!((&*vpc.cidrs, vpc.zones.len(), vpc.gateway.is_empty()), ("10.0.0.0/16", 2, false));
    let public: Vec<bool> = vpc.zones.iter().flat_map(|zone| zone.subnets.iter().map(|it| it.is_public)).collect();
    assert_eq!(public, [true, false]);
    // Two t3.micro, two volumes of 8 GiB of gp3, one public address.
    assert_eq!(&*view.hour, cloud::dollars(2 * 13_000 + 2 * (91_200 * 8 / 730) + 5_000));
}

#[test]
fn a_blocked_packet_tells_where_and_its_cure_lets_it_through() {
    let mut session = town();
    let web = named(&session, "web-1");
    let told = ask(&mut session, LAPTOP, &web, 80);
    let stop = told.hops.last().expect("there is a way");
    assert_eq!((stop.kind, stop.passed, &*stop.name), (HopKind::SgIngress, false, "web"));
    let command = told.cure.clone().expect("there is a cure");
    assert_eq!(
        *command,
        *format!(
            "aws ec2 authorize-security-group-ingress --group-id {} --protocol tcp --port 80 --cidr {LAPTOP}/32",
            stop.component
        )
    );
    assert!(!told.past.is_empty(), "the group has a history");
    type_line(&mut session, &command);
    let told = tracer::view(&session).expect("the question stands");
    assert!(told.answers && told.cure.is_none(), "{told:#?}");
    assert!(!why::of_cloud(&session, &web).is_empty());
    // Nothing listens at another port, even where the group lets it in.
    type_line(
        &mut session,
        "aws ec2 authorize-security-group-ingress --group-id $SG --protocol tcp --port 81 --cidr 0.0.0.0/0",
    );
    let told = ask(&mut session, LAPTOP, &web, 81);
    assert!(!told.answers && told.hops.iter().all(|hop| hop.passed));
    assert_eq!(told.silent.map(|said| said.key.to_string()), Some("trace-not-listening".to_owned()));
}

#[test]
fn a_machine_without_a_public_address_is_given_one_step_by_step() {
    let mut session = town();
    let app = named(&session, "app");
    for (kind, command) in [
        (HopKind::NoPublicIp, "aws ec2 allocate-address"),
        (HopKind::NoPublicIp, "aws ec2 associate-address --instance-id"),
    ] {
        let told = ask(&mut session, LAPTOP, &app, 22);
        assert_eq!(told.hops.last().map(|hop| hop.kind), Some(kind));
        let cure = told.cure.expect("there is a cure");
        assert!(cure.starts_with(command), "{cure}");
        type_line(&mut session, &cure);
    }
    let told = ask(&mut session, LAPTOP, &app, 22);
    assert_eq!(told.hops.last().map(|hop| hop.kind), Some(HopKind::SgIngress));
}
