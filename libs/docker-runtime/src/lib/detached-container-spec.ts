/** A container that outlives whoever starts it: the part of the Engine API's create body that is used for it, under its own names. */
export interface DetachedContainerSpec {
  readonly Image: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly User: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly HostConfig: {
    readonly AutoRemove: boolean;
    readonly RestartPolicy: { readonly Name: string };
    readonly Init: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly IpcMode: string;
    readonly ShmSize: number;
    readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>>;
    readonly Mounts: readonly ContainerMount[];
    readonly CpusetCpus: string;
    readonly DeviceRequests: readonly {
      readonly Driver: string;
      readonly DeviceIDs: readonly string[];
      readonly Capabilities: readonly (readonly string[])[];
    }[];
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  };
}

export interface ContainerMount {
  readonly Type: 'bind' | 'volume';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}
