aws eks create-nodegroup --cluster-name demo --nodegroup-name ng --node-role $NODE --subnets $A $B --instance-types m5.large --scaling-config minSize=2,maxSize=4,desiredSize=2
aws eks wait nodegroup-active --cluster-name demo --nodegroup-name ng
kubectl create deployment web --image=nginx:1.29 --replicas=2 --port=80
kubectl rollout status deployment web --timeout=120s
