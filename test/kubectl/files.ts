/** The manifests that the sequences work with. */
const app = (image: string, replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  labels: { app: app }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: app } }
  template:
    metadata: { labels: { app: app } }
    spec:
      containers:
      - name: app
        image: ${image}
        ports: [{ containerPort: 80 }]
---
apiVersion: v1
kind: Service
metadata: { name: app }
spec:
  selector: { app: app }
  ports: [{ port: 80 }]
`;

const configMap = (mode: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data:
  mode: ${mode}
  colour: blue
`;

const grouped = (name: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, labels: { group: mine } }
---
`;

/** For a person `ada` of the group `household`; made with openssl, and its key thrown away. */
const CERTIFICATE_REQUEST =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIZE1JR0VBZ0VBTUNJeEREQUtCZ05WQkFNTUEyRmtZVEVTTUJBR0ExVUVDZ3dKYUc5MWMyVm9iMnhrTUZrdwpFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRXVNaVcyZExTZXlTYllNSjF4SS83akJET2tWK2VqMFg4CmdnUkRMNU9rVmVUWllUM2FHMm1LZE0yMUt3UjdUZThTbFJjWitCdm5zbzNXazNXa2pEWFpXcUFBTUFvR0NDcUcKU000OUJBTUNBMGdBTUVVQ0lDbWM4NHFxNUdNdjR3Qk1QSUppd3RXNlgrcmdIdE0zWC9NRG5LYkJUL2pDQWlFQQp3SXF6bEU4TlJRRjZaSmxqQVdUMlQzbDBjTzhlK1FFR2o1MHpDa0cwNDN3PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";

const certificateRequest = (name: string): string => `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: $NS-${name} }
spec:
  request: ${CERTIFICATE_REQUEST}
  signerName: kubernetes.io/kube-apiserver-client
  expirationSeconds: 86400
  usages: [client auth]
`;

const ALL: Readonly<Record<string, string>> = {
  "csr.yaml": certificateRequest("ada"),
  "csr-refused.yaml": certificateRequest("eve"),
  "app.yaml": app("nginx:1.27", 1),
  "app-2.yaml": app("nginx:1.28", 2),
  "configmap.yaml": configMap("fast"),
  "configmap-2.yaml": configMap("slow"),
  "two-configmaps.yaml": grouped("one") + grouped("two"),
  "one-configmap.yaml": grouped("one"),
  "settings.env": "MODE=fast\nCOLOUR=blue\n",
  "typo.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: typo }\ndat: { a: b }\n",
  "invalid.yaml": "apiVersion: v1\nkind: Service\nmetadata: { name: invalid }\nspec: { ports: [{ port: 99999 }] }\n",
  "broken.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: broken\n",
  "list.yaml": "apiVersion: v1\nkind: List\nitems:\n- { apiVersion: v1, kind: ConfigMap, metadata: { name: one }, data: { a: \"1\" } }\n- { apiVersion: v1, kind: Secret, metadata: { name: two }, stringData: { b: \"2\" } }\n",
  "wrong-list.yaml": "apiVersion: v1\nkind: List\nitems:\n- { apiVersion: v1, kind: ConfigMap, metadata: { name: one }, dat: { a: \"1\" } }\n- { apiVersion: apps/v1, kind: Deployment, metadata: { name: two }, spec: { replicas: many, selector: { matchLabels: { a: b } }, template: { spec: { containers: [{ image: nginx }] } } } }\n",
  "unknown-kind.yaml": "apiVersion: maison.example/v1\nkind: Lamp\nmetadata: { name: lamp }\n",
  "pod.yaml": `apiVersion: v1
kind: Pod
metadata: { name: toolbox, labels: { app: toolbox }, annotations: { maison.example/note: hello } }
spec:
  nodeSelector: { kubernetes.io/os: linux }
  volumes:
  - { name: scratch, emptyDir: {} }
  - { name: settings, configMap: { name: kube-root-ca.crt } }
  initContainers:
  - { name: first, image: "busybox:1.37", command: ["true"] }
  containers:
  - name: app
    image: nginx:1.27
    ports: [{ containerPort: 80, name: http }]
    env: [{ name: MODE, value: fast }, { name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }]
    resources: { requests: { cpu: 10m, memory: 16Mi }, limits: { memory: 32Mi } }
    readinessProbe: { httpGet: { path: /, port: http } }
    volumeMounts: [{ name: scratch, mountPath: /scratch }, { name: settings, mountPath: /settings, readOnly: true }]
`,
  "nowhere.yaml": "apiVersion: v1\nkind: Pod\nmetadata: { name: nowhere }\nspec: { nodeSelector: { nowhere: x }, containers: [{ name: a, image: \"nginx:1.27\" }] }\n",
  "on-pi3.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: here }
spec:
  replicas: 1
  selector: { matchLabels: { app: here } }
  template:
    metadata: { labels: { app: here } }
    spec: { nodeSelector: { kubernetes.io/hostname: pi3 }, terminationGracePeriodSeconds: 1, containers: [{ name: a, image: "nginx:1.27" }] }
`,
  "guarded-on-pi3.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: guarded }
spec:
  replicas: 1
  selector: { matchLabels: { app: guarded } }
  template:
    metadata: { labels: { app: guarded } }
    spec: { nodeSelector: { kubernetes.io/hostname: pi3 }, terminationGracePeriodSeconds: 1, containers: [{ name: a, image: "nginx:1.27" }] }
`,
  "bare-on-pi3.yaml": "apiVersion: v1\nkind: Pod\nmetadata: { name: bare, labels: { app: bare } }\nspec: { nodeSelector: { kubernetes.io/hostname: pi3 }, terminationGracePeriodSeconds: 1, containers: [{ name: a, image: \"nginx:1.27\" }] }\n",
  "statefulset.yaml": `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: "postgres:17" }] }
`,
  "daemonset.yaml": `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: agent, image: "nginx:1.27" }] }
`,
  "volumes.yaml": `apiVersion: v1
kind: PersistentVolume
metadata: { name: $NS-disk }
spec: { capacity: { storage: 2Gi }, accessModes: [ReadWriteOnce], storageClassName: $NS, persistentVolumeReclaimPolicy: Retain, hostPath: { path: /srv/data } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], storageClassName: $NS, resources: { requests: { storage: 1Gi } } }
`,
  "quota.yaml": "apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: tight }\nspec: { hard: { configmaps: \"1\", pods: \"0\" } }\n",
  "ingress.yaml": `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: gazette, annotations: { maison.example/note: hello } }
spec:
  ingressClassName: traefik
  tls: [{ hosts: [gazette.maison.example], secretName: gazette-tls }]
  rules:
  - host: gazette.maison.example
    http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: gazette, port: { number: 80 } } } }] }
`,
  "old-annotation.yaml": `apiVersion: v1
kind: Pod
metadata: { name: old, annotations: { seccomp.security.alpha.kubernetes.io/pod: runtime/default } }
spec:
  schedulerName: nobody
  nodeSelector: { beta.kubernetes.io/os: linux }
  containers: [{ name: a, image: "nginx:1.27" }, { name: b, image: "nginx:1.27", ports: [{ containerPort: 80 }, { containerPort: 80 }], env: [{ name: A, value: "1" }, { name: A, value: "2" }] }]
`,
  "kustomization.yaml": "resources: [app.yaml]\nnamePrefix: my-\nlabels: [{ pairs: { home: maison } }]\nimages: [{ name: nginx, newTag: \"1.28\" }]\nreplicas: [{ name: app, count: 2 }]\n",
  "crd.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.$NS.example }
spec:
  group: $NS.example
  scope: Namespaced
  names: { plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gd] }
  versions:
  - name: v1
    served: true
    storage: true
    subresources: { status: {}, scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas } }
    additionalPrinterColumns:
    - { name: Watts, type: integer, jsonPath: .spec.watts }
    - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            description: What it should be.
            required: [watts]
            properties:
              watts: { type: integer, minimum: 1, maximum: 100, description: How bright it is. }
              room: { type: string, default: kitchen }
              replicas: { type: integer }
          status: { type: object, properties: { replicas: { type: integer } } }
`,
  "thing.yaml": "apiVersion: $NS.example/v1\nkind: Gadget\nmetadata: { name: lamp }\nspec: { watts: 60, replicas: 1 }\n",
  "bad-thing.yaml": "apiVersion: $NS.example/v1\nkind: Gadget\nmetadata: { name: sun }\nspec: { watts: 9000 }\n",
};

export const FILES = {
  only(...names: string[]): Record<string, string> {
    return Object.fromEntries(
      names.map((name) => {
        const text = ALL[name];
        if (text === undefined) throw new Error(`no file ${name}`);
        return [name, text];
      }),
    );
  },
};
