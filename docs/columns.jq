# The ops of a bundle of version 2, one a line. Values are written as jq writes them, and an op before stays `[how far]`.
.ops as {$texts, $shapes, $order, $values}
| reduce $shapes[$order[]] as $shape ({next: [$values[] | 0]};
    .op = ""
    | reduce ($shape | to_entries[]) as {key: $place, value: $text} (.;
        .op += $texts[$text]
        | if $place + 1 < ($shape | length)
          then .op += ($values[$text][.next[$text]] | tojson) | .next[$text] += 1
          else . end)
    | .ops += [.op])
| .ops[]
