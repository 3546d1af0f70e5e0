# 2. Deploy the template. Ctrl+Enter in shop.yaml does the same.
aws cloudformation deploy --stack-name shop --template-file shop.yaml
aws cloudformation describe-stack-events --stack-name shop --query "StackEvents[?ResourceStatus=='CREATE_FAILED'].[LogicalResourceId,ResourceStatusReason]" --output text

# 3. What has rolled back can only be deleted
aws cloudformation delete-stack --stack-name shop
aws cloudformation wait stack-delete-complete --stack-name shop
aws cloudformation deploy --stack-name shop --template-file shop.yaml

# 4. What would change? Then change it.
aws cloudformation create-change-set --stack-name shop --change-set-name next --template-body file://shop.yaml
aws cloudformation wait change-set-create-complete --stack-name shop --change-set-name next
aws cloudformation describe-change-set --stack-name shop --change-set-name next --query 'Changes[].ResourceChange.[Action,LogicalResourceId,Replacement]' --output table
aws cloudformation execute-change-set --stack-name shop --change-set-name next
aws cloudformation wait stack-update-complete --stack-name shop

# 5. Has anybody been here?
aws cloudformation detect-stack-drift --stack-name shop
sleep 10
aws cloudformation describe-stack-resource-drifts --stack-name shop --query 'StackResourceDrifts[].[LogicalResourceId,StackResourceDriftStatus]' --output table
DOOR=$(aws cloudformation describe-stack-resource --stack-name shop --logical-resource-id Door --query StackResourceDetail.PhysicalResourceId --output text)
aws ec2 revoke-security-group-ingress --group-id $DOOR --protocol tcp --port 22 --cidr 0.0.0.0/0
aws cloudformation detect-stack-drift --stack-name shop
sleep 10

# 6. Down again
aws cloudformation delete-stack --stack-name shop
aws cloudformation wait stack-delete-complete --stack-name shop
