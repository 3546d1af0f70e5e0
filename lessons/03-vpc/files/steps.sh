# 1. A network of your own
VPC=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)

# 2. Two subnets in each of two zones
PUBLIC_A=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.1.0/24 --availability-zone ap-northeast-2a --query Subnet.SubnetId --output text)
PUBLIC_C=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.2.0/24 --availability-zone ap-northeast-2c --query Subnet.SubnetId --output text)
PRIVATE_A=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.11.0/24 --availability-zone ap-northeast-2a --query Subnet.SubnetId --output text)
PRIVATE_C=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.12.0/24 --availability-zone ap-northeast-2c --query Subnet.SubnetId --output text)

# 3. A way out for the public ones: a gateway, and a route to it
IGW=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
aws ec2 attach-internet-gateway --vpc-id $VPC --internet-gateway-id $IGW
PUBLIC=$(aws ec2 create-route-table --vpc-id $VPC --query RouteTable.RouteTableId --output text)
aws ec2 create-route --route-table-id $PUBLIC --destination-cidr-block 0.0.0.0/0 --gateway-id $IGW
aws ec2 associate-route-table --route-table-id $PUBLIC --subnet-id $PUBLIC_A
aws ec2 associate-route-table --route-table-id $PUBLIC --subnet-id $PUBLIC_C

# 4. A door in the security group
aws ec2 authorize-security-group-ingress --group-id $SG --protocol tcp --port 80 --cidr 0.0.0.0/0

# 5. Out, but not in: a NAT gateway for the private ones
EIP=$(aws ec2 allocate-address --query AllocationId --output text)
NAT=$(aws ec2 create-nat-gateway --subnet-id $PUBLIC_C --allocation-id $EIP --query NatGateway.NatGatewayId --output text)
aws ec2 wait nat-gateway-available --nat-gateway-ids $NAT
PRIVATE=$(aws ec2 create-route-table --vpc-id $VPC --query RouteTable.RouteTableId --output text)
aws ec2 create-route --route-table-id $PRIVATE --destination-cidr-block 0.0.0.0/0 --nat-gateway-id $NAT
aws ec2 associate-route-table --route-table-id $PRIVATE --subnet-id $PRIVATE_A
aws ec2 associate-route-table --route-table-id $PRIVATE --subnet-id $PRIVATE_C

# 6. The network ACL: the request, and then its answer
aws ec2 create-network-acl-entry --network-acl-id $ACL --ingress --rule-number 100 --protocol tcp --port-range From=80,To=80 --cidr-block 0.0.0.0/0 --rule-action allow
aws ec2 create-network-acl-entry --network-acl-id $ACL --egress --rule-number 100 --protocol tcp --port-range From=1024,To=65535 --cidr-block 0.0.0.0/0 --rule-action allow

# 7. A second server in the other zone, and then an outage
WEB_C=$(aws ec2 run-instances --image-id $AMI --instance-type t3.micro --subnet-id $PUBLIC_C --associate-public-ip-address --security-group-ids $SG --user-data file://boot.sh --query 'Instances[0].InstanceId' --output text)
aws ec2 create-tags --resources $WEB_C --tags Key=Name,Value=web-c
aws ec2 wait instance-status-ok --instance-ids $WEB_C
drydock break zone ap-northeast-2a
