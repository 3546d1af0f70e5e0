//! What running things cost: money per simulated hour, in millionths of a dollar.
//!
//! List prices of Asia Pacific (Seoul), on demand, Linux, without tax, free tier or discounts. Only
//! what is paid for by the hour is counted; data transfer and requests are not.
//!
//! Invariant: integers only. A sum of a million hours is exact.

use crate::aws::Cloud;
use crate::aws::ec2::catalog;
use crate::document::Value;

/// A price and the page to hold it against.
struct Price {
    what: &'static str,
    micro_dollars_per_hour: i64,
    source: &'static str,
}

/// Prices of ap-northeast-2 in 2025, written down from memory. Only the NAT gateway's has been held against
/// AWS's page (2025-08); `source` names the page on which to check each of the others.
const PRICES: &[Price] = &[
    Price { what: "nat-gateway", micro_dollars_per_hour: 59_000, source: "Amazon VPC pricing, NAT gateway" },
    Price { what: "public-address", micro_dollars_per_hour: 5_000, source: "Amazon VPC pricing, public IPv4 address" },
    Price { what: "interface-endpoint", micro_dollars_per_hour: 13_000, source: "AWS PrivateLink pricing, each zone" },
    Price {
        what: "application-load-balancer",
        micro_dollars_per_hour: 22_500,
        source: "Elastic Load Balancing pricing, without LCUs",
    },
    Price {
        what: "network-load-balancer",
        micro_dollars_per_hour: 22_500,
        source: "Elastic Load Balancing pricing, without NLCUs",
    },
    Price {
        what: "classic-load-balancer",
        micro_dollars_per_hour: 25_000,
        source: "Elastic Load Balancing pricing, Classic Load Balancer, without data",
    },
    Price { what: "eks-cluster", micro_dollars_per_hour: 100_000, source: "Amazon EKS pricing, standard support" },
    Price {
        what: "eks-cluster-extended",
        micro_dollars_per_hour: 600_000,
        source: "Amazon EKS pricing, extended support",
    },
];

/// Micro-dollars for a gibibyte of a volume in a month of 730 hours.
// To be checked on: Amazon EBS pricing, Asia Pacific (Seoul). Written down from memory of 2025.
const GIB_MONTH: &[(&str, i64)] = &[
    ("gp3", 91_200),
    ("gp2", 114_000),
    ("st1", 51_000),
    ("sc1", 17_400),
    ("standard", 80_000),
    ("io1", 128_000),
    ("io2", 128_000),
];

const HOURS_PER_MONTH: i64 = 730;

/// One line of a bill.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// What: `instance`, `volume`, or a word of the price list.
    pub what: &'static str,
    /// Its kind where kinds have different prices: `t3.medium`, `gp3`.
    pub kind: Box<str>,
    /// How many.
    pub count: i64,
    /// All of them, an hour.
    pub micro_dollars_per_hour: i64,
    /// The page to hold the price against.
    pub source: &'static str,
}

/// What an hour of everything that there is costs, by kind, in the learner's account.
#[must_use]
pub fn bill(cloud: &Cloud) -> Vec<Line> {
    let account = &cloud.settings().account;
    let mut lines: Vec<Line> = Vec::new();
    for (key, value) in cloud.iter().filter(|(key, _)| key.account == *account) {
        for (what, kind, price, source) in charged(&key.kind, value) {
            match lines.iter_mut().find(|line| line.what == what && *line.kind == *kind) {
                Some(line) => {
                    line.count += 1;
                    line.micro_dollars_per_hour += price;
                }
                None => lines.push(Line { what, kind: kind.into(), count: 1, micro_dollars_per_hour: price, source }),
            }
        }
    }
    lines.sort_by(|a, b| b.micro_dollars_per_hour.cmp(&a.micro_dollars_per_hour).then(a.what.cmp(b.what)));
    lines
}

/// What an hour costs in all.
#[must_use]
pub fn micro_dollars_per_hour(cloud: &Cloud) -> i64 {
    bill(cloud).iter().map(|line| line.micro_dollars_per_hour).sum()
}

fn listed(what: &'static str) -> (&'static str, &'static str, i64, &'static str) {
    let price = PRICES.iter().find(|price| price.what == what);
    (what, "", price.map_or(0, |price| price.micro_dollars_per_hour), price.map_or("", |price| price.source))
}

/// What a resource costs an hour.
fn charged<'v>(kind: &str, value: &'v Value) -> Vec<(&'static str, &'v str, i64, &'static str)> {
    let state = value.str_at(&["State"]);
    match kind {
        // Source: EC2 user guide, "Instance lifecycle": only running instances are billed.
        "AWS::EC2::Instance" if value.str_at(&["State", "Name"]) == "running" => {
            let name = value.str_at(&["InstanceType"]);
            let price = catalog::instance_type(name).map_or(0, |it| it.micro_dollars_per_hour);
            vec![("instance", name, price, "Amazon EC2 On-Demand pricing, Linux")]
        }
        "AWS::EC2::Volume" => {
            let name = value.str_at(&["VolumeType"]);
            let month = GIB_MONTH.iter().find(|(kind, _)| *kind == name).map_or(0, |(_, price)| *price);
            let price = month * value.int_at(&["Size"]).unwrap_or_default() / HOURS_PER_MONTH;
            vec![("volume", name, price, "Amazon EBS pricing")]
        }
        // An allocated address costs the same whether it is used or not.
        "AWS::EC2::EIP" => vec![listed("public-address")],
        "AWS::EC2::NetworkInterface"
            if value.at(&["Association"]).is_some() && value.at(&["Association", "AllocationId"]).is_none() =>
        {
            vec![listed("public-address")]
        }
        "AWS::EC2::NatGateway" if state == "available" || state == "pending" => vec![listed("nat-gateway")],
        "AWS::EC2::VPCEndpoint" if state == "available" && value.str_at(&["VpcEndpointType"]) == "Interface" => {
            value.items_at(&["SubnetIds"]).iter().map(|_| listed("interface-endpoint")).collect()
        }
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => vec![listed(match value.str_at(&["Type"]) {
            "network" => "network-load-balancer",
            "classic" => "classic-load-balancer",
            _ => "application-load-balancer",
        })],
        "AWS::EKS::Cluster" => vec![listed("eks-cluster")],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_has_a_source_and_is_found() {
        for price in PRICES {
            assert!(!price.source.is_empty());
            assert_eq!(listed(price.what).2, price.micro_dollars_per_hour);
        }
        let volume = Value::map().with(&["VolumeType"], "gp3").with(&["Size"], 20);
        assert_eq!(charged("AWS::EC2::Volume", &volume)[0].2, 91_200 * 20 / 730);
        assert!(listed("nothing").3.is_empty());
    }
}
