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
