// The classic script with what a person sees of it: the "why" of each slot.
import { begin } from './begin'
import { startWhy } from './why'

const door = begin(true)
if (door) startWhy(window.aizuchi!, door)
