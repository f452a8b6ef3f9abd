// The classic script.
import { begin } from './begin'

begin()
