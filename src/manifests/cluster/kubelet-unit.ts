/** The kubelet's unit and kubeadm's drop-in, as upstream's packages have them, for binaries in /usr/local/bin. */

export const KUBELET_UNIT_PATH = "/etc/systemd/system/kubelet.service";
export const KUBELET_DROP_IN_PATH = "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf";

export const KUBELET_UNIT = `# kubernest
[Unit]
Description=kubelet, the Kubernetes node agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target containerd.service crio.service

[Service]
ExecStart=/usr/local/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=5

[Install]
WantedBy=multi-user.target
`;

/** Until kubeadm has written its files the kubelet ends at once, and systemd tries again. */
export const KUBELET_DROP_IN = `# kubernest
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/local/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;
