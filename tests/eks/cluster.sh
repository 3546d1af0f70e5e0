aws eks create-cluster --name demo --role-arn $PLANE --resources-vpc-config subnetIds=$A,$B
aws eks wait cluster-active --name demo
aws eks update-kubeconfig --name demo --alias demo
SG=$(aws eks describe-cluster --name demo --query cluster.resourcesVpcConfig.clusterSecurityGroupId --output text)
