# 1. A server from an image
AMI=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 --query Parameter.Value --output text)
WEB=$(aws ec2 run-instances --image-id $AMI --instance-type t3.micro --user-data file://boot.sh --query 'Instances[0].InstanceId' --output text)
aws ec2 create-tags --resources $WEB --tags Key=Name,Value=web
aws ec2 wait instance-running --instance-ids $WEB

# 2. Another size: look, stop, change, start
aws ec2 describe-instance-types --instance-types t3.micro t3.small t3.medium t4g.medium m5.large --query 'InstanceTypes[].[InstanceType,VCpuInfo.DefaultVCpus,MemoryInfo.SizeInMiB,ProcessorInfo.SupportedArchitectures[0]]' --output table
aws ec2 stop-instances --instance-ids $WEB
aws ec2 wait instance-stopped --instance-ids $WEB
aws ec2 modify-instance-attribute --instance-id $WEB --instance-type Value=t3.medium
aws ec2 start-instances --instance-ids $WEB
aws ec2 wait instance-status-ok --instance-ids $WEB

# 3. A door for the web, and one for yourself
IP=$(aws ec2 describe-instances --instance-ids $WEB --query 'Reservations[0].Instances[0].PublicIpAddress' --output text)
curl -m 5 http://$IP
SG=$(aws ec2 create-security-group --group-name web --description "the web, and me" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id $SG --protocol tcp --port 80 --cidr 0.0.0.0/0
ME=$(curl -s https://checkip.amazonaws.com)
aws ec2 authorize-security-group-ingress --group-id $SG --protocol tcp --port 22 --cidr $ME/32
aws ec2 modify-instance-attribute --instance-id $WEB --groups $SG
curl http://$IP

# 4. Off and on again
aws ec2 stop-instances --instance-ids $WEB
aws ec2 wait instance-stopped --instance-ids $WEB
aws ec2 start-instances --instance-ids $WEB
aws ec2 wait instance-status-ok --instance-ids $WEB
curl -m 5 http://$IP

# 5. An address that stays
EIP=$(aws ec2 allocate-address --query AllocationId --output text)
aws ec2 associate-address --allocation-id $EIP --instance-id $WEB
aws ec2 describe-addresses --allocation-ids $EIP --query 'Addresses[0].PublicIp' --output text
