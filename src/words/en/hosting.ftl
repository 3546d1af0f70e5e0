# What is hosted outside clusters: service models, hosts, images. Codes and arguments come from
# `src/hosting/`.

why-hosting-losing = { NUMBER($demand) } requests a second came, and { NUMBER($capacity) } could be answered.
why-hosting-keeping-up = There is room for every request again: { NUMBER($demand) } of { NUMBER($capacity) } a second.
why-hosting-ordered = { $model ->
    [on-premises] { NUMBER($count) } more servers were ordered. They come in weeks, not today.
   *[other] { NUMBER($count) } more instances were asked for. They are ready in { NUMBER($minutes) } minutes.
}
why-hosting-arrived = { NUMBER($count) } more are ready, which makes { NUMBER($ready) }.
why-hosting-let-go = It has been quiet for a quarter of an hour, so one went. { NUMBER($ready) } are left.
why-hosting-incident = { $who ->
    [you] Something broke in a layer of yours ({ $layer }). You need { NUMBER($minutes) } minutes for it.
   *[provider] Something broke in the provider’s layer ({ $layer }). They need { NUMBER($minutes) } minutes for it.
}
why-hosting-patch-found = { $who ->
    [you] A security patch for { $layer } is out. Putting it on is your job.
   *[provider] A security patch for { $layer } is out. Putting it on is the provider’s job.
}
why-hosting-patch-applied = The patch for { $layer } is on.
why-host-no-room = { NUMBER($count) } found no room on the host.
why-host-vm-up = { $name } has booted its own operating system.
why-host-container-up = { $name } runs on the host’s kernel.
why-host-back = { $name } runs again.
why-host-guest-panic = The kernel of { $name } has panicked. It was a guest’s, so only { $name } went down.
why-host-panic = { $name } brought down the host’s kernel, and with it every container.
why-host-over-limit = { $name } wanted { NUMBER($mebibytes) } MiB, more than its own limit, and was ended.
why-host-out-of-memory = The host ran out of memory. { $name } had the most, { NUMBER($mebibytes) } MiB, and was ended.
why-image-build = { NUMBER($cached) } of { NUMBER($layers) } layers were found in the cache.
why-image-built = Layer built: { $layer }
why-image-pushed = Layer in the registry: { $layer }
why-image-pulled = { $node } fetched { NUMBER($mebibytes) } MiB in { NUMBER($seconds) } s and can start it.
due-hosting-minute = the next minute of { $name }
due-host-start = { $name } is up
due-image-step = the next layer of { $name }

# On the screen
hosting-label = What is hosted: who runs each layer, what it costs, what it loses
layer-facility = facility
layer-hardware = hardware
layer-network = network
layer-virtualisation = virtualisation
layer-os = operating system
layer-runtime = runtime
layer-application = application
layer-data = data
model-on-premises = On-premises
model-on-premises-about = bought servers
model-on-premises-short = On-prem
model-iaas-short = IaaS
model-paas-short = PaaS
model-saas-short = SaaS
model-iaas = IaaS
model-iaas-about = rented servers
model-paas = PaaS
model-paas-about = a place to run
model-saas = SaaS
model-saas-about = a rented program
hosting-waterline = above: your job
hosting-me = you
hosting-provider = provider
hosting-exposed = { DURATION($ms) }
hosting-cost = cost a month
hosting-lost = requests lost
hosting-upkeep = work a week
hosting-idle = idle capacity
hosting-dollars = ${ NUMBER($dollars) }
hosting-count = { NUMBER($count) }
hosting-hours = { NUMBER($hours) } h
hosting-percent = { NUMBER($percent) }%
hosting-mine = { NUMBER($count) } layers of your own
hosting-traffic = Traffic, capacity
hosting-per-second = requests a second
hosting-bought = bought servers stay here
hosting-capacity = capacity
hosting-late-weeks = { NUMBER($count) } ordered, here in { NUMBER($weeks) } weeks
hosting-late-minutes = ready in { NUMBER($minutes) } minutes
host-memory = memory
host-cpu = CPU
host-size = { NUMBER($cores) } cores · { NUMBER($gibibytes) } GiB
host-group = { $name } × { NUMBER($count) }
host-cores = { $name } { $tenths }
host-guest-system = guest operating systems
host-program = programs
host-free-here = { $size } free
host-starts = time to start
host-kernels = kernels
host-systems = systems
host-free = free memory
host-of-vms = virtual machines
host-of-containers = containers
host-running = { NUMBER($count) } running
host-starting = { NUMBER($count) } starting
host-no-room = no room for { NUMBER($count) }
host-answers = answers in { NUMBER($ms) } ms
host-unit-oomkilled = out of memory
host-unit-panicked = kernel panic
host-unit-restarts = started again { NUMBER($count) }×
host-unit-throttled = held back by its limit
image-build = built
image-registry = registry
image-size = { NUMBER($mebibytes) } MiB
image-fetched = { NUMBER($mebibytes) } MiB, { NUMBER($seconds) } s
image-made = { $count ->
    [one] { NUMBER($count) } layer made in { NUMBER($seconds) } s
   *[other] { NUMBER($count) } layers made in { NUMBER($seconds) } s
}
image-made-short = { NUMBER($count) } made
image-took = { NUMBER($seconds) } s
image-under-way = on its way
image-this-time = This time
image-key-already = was there already
image-key-anew = built or moved this time
image-key-not-yet = not there yet
