# 1. The cluster: its role, and subnets in two zones
aws eks create-cluster --name shop --role-arn arn:aws:iam::111122223333:role/shop-cluster --resources-vpc-config subnetIds=$A,$B --access-config authenticationMode=API_AND_CONFIG_MAP
aws eks wait cluster-active --name shop

# 2. Worker nodes, from a template
SG=$(aws eks describe-cluster --name shop --query cluster.resourcesVpcConfig.clusterSecurityGroupId --output text)
aws cloudformation create-stack --stack-name shop-nodes --template-body file://nodes.yaml --capabilities CAPABILITY_IAM --parameters ParameterKey=ClusterSecurityGroup,ParameterValue=$SG ParameterKey=Subnets,ParameterValue=\"$A,$B\"
aws cloudformation wait stack-create-complete --stack-name shop-nodes

# 3. Point kubectl at it, and let the nodes in
aws eks update-kubeconfig --name shop
ROLE=$(aws cloudformation describe-stacks --stack-name shop-nodes --query 'Stacks[0].Outputs[0].OutputValue' --output text)
aws eks create-access-entry --cluster-name shop --principal-arn $ROLE --type EC2_LINUX

# 4. Run the app
kubectl apply -f app.yaml
