-- Sends the signed requests of a file, one after the other: method, target, date, hash, authorization, body.
-- With "repeatable" as the second argument each gets a Repeatability-Request-ID of its own, as SDKs send it.
local prepared, number, repeatable = {}, 0, false

local function id()
  return string.format("%08x-0000-4000-8000-%012x", math.random(0, 2 ^ 31 - 1), math.random(0, 2 ^ 31 - 1))
end

function init(args)
  math.randomseed(os.time() + tonumber(tostring({}):sub(8), 16) % 1e9)
  repeatable = args[2] == "repeatable"
  for line in io.lines(args[1]) do
    local fields = {}
    for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
    local headers = {
      ["x-ms-date"] = fields[3], ["x-ms-content-sha256"] = fields[4], ["Authorization"] = fields[5],
      ["Content-Type"] = "application/json", ["Accept"] = "application/json",
    }
    prepared[#prepared + 1] = { fields[1], fields[2], headers, fields[6] }
  end
end

function request()
  number = number % #prepared + 1
  local one = prepared[number]
  if repeatable then
    one[3]["Repeatability-Request-ID"] = id()
    one[3]["Repeatability-First-Sent"] = one[3]["x-ms-date"]
  elseif one.text then
    return one.text
  end
  one.text = wrk.format(one[1], one[2], one[3], one[4] ~= "" and one[4] or nil)
  return one.text
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d", summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99)))
end
