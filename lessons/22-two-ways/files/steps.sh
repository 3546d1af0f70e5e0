# 1. The same file on both clusters
kubectl --context by-hand apply -f app.yaml
kubectl --context shop apply -f app.yaml

# 2. A zone goes out; who is still there?
drydock break zone ap-northeast-2a
kubectl --context by-hand get nodes
kubectl --context shop get nodes

# 3. A flaw of the API server is published, and its patch with it
drydock break flaw
aws eks describe-cluster --name shop --query cluster.platformVersion

# 4. Patch by hand what is yours
ssh by-hand-1 sudo kubeadm upgrade apply v1.36.3

# 5. One etcd member of each fails
drydock break member by-hand etcd-1
drydock break member shop etcd-2
