//! The targets of load balancers that Services want: the machines of the cluster's nodes, or the Pods
//! themselves; and the ports at which kube-proxy listens for them.

use super::balancer::{Maker, Site};
use crate::aws::ResourceKey;
use crate::aws::api::Error;
use crate::document::Value;
use crate::kube::api::{Resource, meta};
use crate::sim::Turn;
use crate::tree;
use crate::world::World;
use std::rc::Rc;

impl World {
    /// Nodes, or Pods, come and go as targets.
    pub(super) fn set_targets(&mut self, site: &Site<'_>, name: &str, arn: &str) -> Result<(), Error> {
        if site.maker == Maker::Classic {
            let wanted = self.node_instances(site);
            let params = tree!({ "LoadBalancerNames": [name] });
            let shown = self.ask_aws(site, "elb", "DescribeLoadBalancers", params)?;
            let rows =
                shown.items_at(&["LoadBalancerDescriptions"]).first().map_or(&[][..], |it| it.items_at(&["Instances"]));
            let has: Vec<Rc<str>> = rows.iter().map(|row| row.str_at(&["InstanceId"]).into()).collect();
            let rows = |ids: Vec<&Rc<str>>| Value::list(ids.into_iter().map(|id| tree!({ "InstanceId": id })));
            let new: Vec<&Rc<str>> = wanted.iter().filter(|id| !has.contains(id)).collect();
            let old: Vec<&Rc<str>> = has.iter().filter(|id| !wanted.contains(id)).collect();
            if !new.is_empty() {
                let params = tree!({ "LoadBalancerName": name, "Instances": (rows(new)) });
                self.ask_aws(site, "elb", "RegisterInstancesWithLoadBalancer", params)?;
            }
            if !old.is_empty() {
                let params = tree!({ "LoadBalancerName": name, "Instances": (rows(old)) });
                self.ask_aws(site, "elb", "DeregisterInstancesFromLoadBalancer", params)?;
            }
            return Ok(());
        }
        let groups = self.ask_aws(site, "elbv2", "DescribeTargetGroups", tree!({ "LoadBalancerArn": arn }))?;
        for port in site.ports() {
            let wanted_name = self.group_name(site, port);
            let found = groups.items_at(&["TargetGroups"]).iter();
            let Some(group) = found.into_iter().find(|it| it.str_at(&["TargetGroupName"]) == wanted_name) else {
                continue;
            };
            let group = group.str_at(&["TargetGroupArn"]);
            let wanted: Vec<Rc<str>> =
                if site.wants_addresses() { self.ready_addresses(site) } else { self.node_instances(site) };
            self.set_group_targets(site, group, &wanted)?;
        }
        Ok(())
    }

    /// The targets of one group become those that are wanted.
    pub(super) fn set_group_targets(&mut self, site: &Site<'_>, group: &str, wanted: &[Rc<str>]) -> Result<(), Error> {
        let health = self.ask_aws(site, "elbv2", "DescribeTargetHealth", tree!({ "TargetGroupArn": group }))?;
        let rows = health.items_at(&["TargetHealthDescriptions"]).iter();
        let has: Vec<Rc<str>> = rows
            .filter(|row| row.str_at(&["TargetHealth", "State"]) != "draining")
            .map(|row| row.str_at(&["Target", "Id"]).into())
            .collect();
        let rows = |ids: Vec<&Rc<str>>| Value::list(ids.into_iter().map(|id| tree!({ "Id": id })));
        let new: Vec<&Rc<str>> = wanted.iter().filter(|id| !has.contains(id)).collect();
        let old: Vec<&Rc<str>> = has.iter().filter(|id| !wanted.contains(id)).collect();
        if !new.is_empty() {
            let params = tree!({ "TargetGroupArn": group, "Targets": (rows(new)) });
            self.ask_aws(site, "elbv2", "RegisterTargets", params)?;
        }
        if !old.is_empty() {
            let params = tree!({ "TargetGroupArn": group, "Targets": (rows(old)) });
            self.ask_aws(site, "elbv2", "DeregisterTargets", params)?;
        }
        Ok(())
    }

    /// The instances of the cluster's nodes that are not kept out.
    pub(super) fn node_instances(&self, site: &Site<'_>) -> Vec<Rc<str>> {
        let Some(known) = self.sites.get(site.server) else { return Vec::new() };
        let nodes = known.cluster.etcd().iter().filter(|(key, _)| key.resource == Resource::NODES);
        nodes
            .filter(|(_, node)| meta::label(node, "node.kubernetes.io/exclude-from-external-load-balancers").is_none())
            .filter_map(|(_, node)| node.str_at(&["spec", "providerID"]).rsplit('/').next().map(Rc::from))
            .filter(|id: &Rc<str>| id.starts_with("i-"))
            .collect()
    }

    /// The ready Pods' addresses behind the Service.
    pub(super) fn ready_addresses(&self, site: &Site<'_>) -> Vec<Rc<str>> {
        let Some(known) = self.sites.get(site.server) else { return Vec::new() };
        let seen = known.cluster.snapshot(self.now);
        let mut all: Vec<Rc<str>> = crate::kube::network::resolve(&seen, &site.service)
            .into_iter()
            .flat_map(|rule| rule.endpoints)
            .map(|endpoint| endpoint.address)
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// kube-proxy listens on every node at the ports of Services that somebody stands behind.
    pub(super) fn open_node_ports(&mut self, site: &Site<'_>) {
        let Some(known) = self.sites.get(site.server) else { return };
        let seen = known.cluster.snapshot(self.now);
        let mut ports: Vec<i64> = seen
            .list(Resource::SERVICES, "")
            .flat_map(|service| crate::kube::network::resolve(&seen, service))
            .filter(|rule| !rule.endpoints.is_empty())
            .filter_map(|rule| rule.node_port)
            .collect();
        ports.sort_unstable();
        let instances = self.node_instances(site);
        let mut turn =
            Turn { now: self.now, journal: &mut self.journal, actor: "kube-proxy".into(), cause: None, why: None };
        for id in instances {
            let key = ResourceKey { kind: "AWS::EC2::Instance".into(), id, ..site.cluster.clone() };
            crate::aws::ec2::set_node_ports(&mut self.cloud, &mut turn, &key, &ports);
        }
    }
}
