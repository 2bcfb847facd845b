-- Sends the lines of a file in turn: wrk -s requests.lua URL -- FILE TOKEN|- MEAN
-- `@uuid@` in a line becomes another UUID each time. Between two requests of a connection are MEAN milliseconds in the mean.
local bodies, mean, place = {}, 0, 0

local function uuid()
  return (("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx"):gsub("x", function() return string.format("%x", math.random(0, 15)) end))
end

function init(args)
  math.randomseed(os.time())
  for line in io.lines(args[1]) do bodies[#bodies + 1] = line end
  place = math.random(#bodies)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  if args[2] ~= "-" then wrk.headers["Authorization"] = "Bearer " .. args[2] end
  mean = tonumber(args[3])
end

function request()
  place = place % #bodies + 1
  local body = bodies[place]
  if body:find("@uuid@", 1, true) then body = body:gsub("@uuid@", uuid) end
  return wrk.format(nil, nil, nil, body)
end

function delay()
  if mean <= 0 then return 0 end
  return math.floor(-mean * math.log(1 - math.random()) + math.random())
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests": %d, "microseconds": %d, "p50": %.3f, "p99": %.3f, "failed": %d}\n', summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
